package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.maxNewTokens;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.SplittableRandom;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.generate.GeneratedSequence;
import org.nnsight4j.internal.host.HostedModel;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.run.RunSequence;
import org.nnsight4j.internal.wire.ResultFile;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.tensor.Tensor;

/**
 * Unlike runs of generation that share the pass of each token: each has the tokens of its run
 * alone, and its numbers but for rounding.
 */
final class JoinedRunsTest {
  /** How far saved numbers may be from those of the run alone, in parts of the largest. */
  private static final double TOLERANCE = 1e-5;

  private static final long PLENTY = 1L << 40;
  private static final int VOCABULARY = 29;

  @TempDir Path directory;
  private final SplittableRandom random = new SplittableRandom(11);

  /** Requests of different users, with different prompts, options, reads and writes. */
  private List<RunRequest> requests(LanguageModel<AnyModel> model) {
    List<RunRequest> requests = new ArrayList<>();
    requests.add(request(model, maxNewTokens(14).doSample(false), 1, 4, invoker -> {}));
    requests.add(
        request(model, maxNewTokens(9).doSample(false), 1, 8, JoinedRunsTest::savesEachStep));
    requests.add(
        request(
            model,
            maxNewTokens(12).doSample(true).seed(7).temperature(1.3).topK(9),
            1,
            2,
            invoker -> {}));
    requests.add(
        request(
            model,
            maxNewTokens(10).doSample(false),
            1,
            6,
            invoker ->
                invoker
                    .allSteps()
                    .forEach(
                        step -> {
                          var layer = Decoder.of(step).layer(0).output();
                          layer.set(layer.mul(1.5));
                          Decoder.of(step).logits().at(-1).save();
                        })));
    requests.add(
        request(
            model,
            maxNewTokens(7).doSample(true).seed(11).numReturnSequences(3).topP(0.8),
            1,
            3,
            JoinedRunsTest::savesEachStep));
    requests.add(
        request(
            model,
            maxNewTokens(11).doSample(false).repetitionPenalty(1.4).eosTokenId(5).padTokenId(0),
            2,
            5,
            invoker -> {}));
    return requests;
  }

  private static void savesEachStep(Invoker<AnyModel> invoker) {
    invoker.allSteps().forEach(step -> Decoder.of(step).layer(1).output().at(-1).save());
  }

  private RunRequest request(
      LanguageModel<AnyModel> model,
      GenerateOptions options,
      int rows,
      int tokens,
      Consumer<Invoker<AnyModel>> body) {
    long[][] ids = new long[rows][];
    for (int row = 0; row < rows; row++) {
      ids[row] = random.longs(tokens + row, 0, VOCABULARY).toArray();
    }
    return RunRequest.read(
        model.request(
            options,
            generator ->
                generator.invoke(
                    ids,
                    invoker -> {
                      body.accept(invoker);
                      return 0;
                    })));
  }

  private Result alone(HostedModel hosted, RunRequest request) {
    Path file = directory.resolve("alone");
    hosted.run(request, file, (run, pass, most) -> {}, PLENTY);
    return ResultFile.read(file).get(0).orElseThrow();
  }

  /**
   * Runs requests at once: the first has generated some tokens when the others begin, and goes on
   * when they are about to join.
   */
  private List<Future<Result>> joined(
      HostedModel hosted, List<RunRequest> requests, long memory, RunSequence.Progress first)
      throws Exception {
    ExecutorService threads = Executors.newCachedThreadPool();
    CountDownLatch begun = new CountDownLatch(1);
    CountDownLatch there = new CountDownLatch(requests.size() - 1);
    List<Future<Result>> results = new ArrayList<>();
    for (int i = 0; i < requests.size(); i++) {
      Path file = directory.resolve("joined" + i);
      RunRequest request = requests.get(i);
      boolean leads = i == 0;
      RunSequence.Progress progress =
          (run, pass, most) -> {
            if (leads && pass == 3) {
              begun.countDown();
              await(there);
            } else if (!leads && pass == 1) {
              there.countDown();
            }
            if (leads) {
              first.passing(run, pass, most);
            }
          };
      results.add(
          threads.submit(
              () -> {
                if (!leads) {
                  await(begun);
                }
                try {
                  hosted.runJoined(
                      request, file, progress, PLENTY, memory, content -> content.write(file));
                } finally {
                  there.countDown();
                }
                return ResultFile.read(file).get(0).orElseThrow();
              }));
    }
    threads.shutdown();
    assertThat(threads.awaitTermination(60, TimeUnit.SECONDS)).isTrue();
    return results;
  }

  private static void await(CountDownLatch latch) {
    try {
      assertThat(latch.await(30, TimeUnit.SECONDS)).isTrue();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void assertSame(String what, Result expected, Result found) {
    assertWithMessage(what).that(tokens(found)).isEqualTo(tokens(expected));
    assertWithMessage(what).that(found.saved().keySet()).isEqualTo(expected.saved().keySet());
    expected
        .saved()
        .forEach(
            (node, steps) ->
                steps.forEach(
                    (step, tensor) ->
                        assertClose(what, tensor, found.saved().get(node).get(step))));
    assertWithMessage(what)
        .that(found.receipt().entries().stream().map(each -> each.fired()).toList())
        .isEqualTo(expected.receipt().entries().stream().map(each -> each.fired()).toList());
    assertWithMessage(what).that(found.receipt().passes()).isEqualTo(expected.receipt().passes());
  }

  private static void assertClose(String what, Tensor expected, Tensor found) {
    assertWithMessage(what).that(found.shape()).isEqualTo(expected.shape());
    float[] numbers = expected.toFloatArray();
    double largest = 0;
    for (float number : numbers) {
      largest = Math.max(largest, Math.abs(number));
    }
    assertWithMessage(what)
        .that(found.toFloatArray())
        .usingTolerance(TOLERANCE * largest)
        .containsExactly(numbers)
        .inOrder();
  }

  private static List<List<Long>> tokens(Result result) {
    return result.generated().rows().stream()
        .flatMap(List::stream)
        .map(GeneratedSequence::ids)
        .map(ids -> Arrays.stream(ids).boxed().toList())
        .toList();
  }

  @ParameterizedTest
  @ValueSource(strings = {"gpt2/usual", "gpt_neox/parallel", "qwen3/windows", "bloom/untied"})
  void eachRunHasItsTokensAndNumbers(String fixture) throws Exception {
    assertTokensAndNumbers(fixture);
  }

  @Tag("nightly")
  @ParameterizedTest
  @ValueSource(
      strings = {
        "llama/usual",
        "llama/dynamic",
        "gptj/partial",
        "gemma3/types-cap",
        "mixtral/usual",
        "gpt_oss/yarn"
      })
  void soHaveRunsOfMoreFamilies(String fixture) throws Exception {
    assertTokensAndNumbers(fixture);
  }

  private void assertTokensAndNumbers(String fixture) throws Exception {
    Path folder = Path.of("src/test/resources/fixtures", fixture);
    try (LanguageModel<AnyModel> model = LanguageModel.open(folder);
        HostedModel hosted = HostedModel.open(folder)) {
      List<RunRequest> requests = requests(model);
      List<Result> alone = requests.stream().map(each -> alone(hosted, each)).toList();
      List<Future<Result>> together = joined(hosted, requests, PLENTY, (run, pass, most) -> {});
      for (int i = 0; i < requests.size(); i++) {
        Result found = together.get(i).get();
        assertSame(fixture + ", request " + i, alone.get(i), found);
        assertThat(alone.get(i).receipt().batched()).isEmpty();
        assertThat(found.receipt().batched()).isNotEmpty();
      }
      assertThat(together.get(0).get().receipt().batched()).startsWith("batched with up to ");
    }
  }

  private static final Path LLAMA = Path.of("src/test/resources/fixtures/llama/usual");

  /** One that fails and one that is cancelled leave the others as they are. */
  @Test
  void theEndOfOneIsNotThatOfOthers() throws Exception {
    try (LanguageModel<AnyModel> model = LanguageModel.open(LLAMA);
        HostedModel hosted = HostedModel.open(LLAMA)) {
      List<RunRequest> requests = new ArrayList<>(requests(model).subList(0, 3));
      List<Result> alone = requests.stream().map(each -> alone(hosted, each)).toList();
      // Not a number from its sixth token on.
      requests.add(
          request(
              model,
              maxNewTokens(12).doSample(false),
              1,
              3,
              invoker ->
                  invoker
                      .steps(5, 6)
                      .forEach(
                          step -> {
                            var layer = Decoder.of(step).layer(0).output();
                            layer.set(layer.mul(0).div(0));
                          })));
      List<Future<Result>> together =
          joined(
              hosted,
              requests,
              PLENTY,
              (run, pass, most) -> {
                if (pass == 6) {
                  Thread.currentThread().interrupt();
                }
              });
      assertThat(causeOf(together.get(0))).hasMessageThat().contains("the run was interrupted");
      assertThat(causeOf(together.get(3))).hasMessageThat().contains("expected finite logits");
      for (int i = 1; i < 3; i++) {
        assertSame("request " + i, alone.get(i), together.get(i).get());
      }
    }
  }

  private static Throwable causeOf(Future<Result> result) {
    return assertThrows(ExecutionException.class, result::get).getCause();
  }

  /** Without room for its keys in the common cache a run decodes beside the others. */
  @Test
  void runsForWhichThereIsNoRoomDecodeBeside() throws Exception {
    try (LanguageModel<AnyModel> model = LanguageModel.open(LLAMA);
        HostedModel hosted = HostedModel.open(LLAMA)) {
      List<RunRequest> requests = requests(model).subList(0, 4);
      List<Result> alone = requests.stream().map(each -> alone(hosted, each)).toList();
      List<Future<Result>> together = joined(hosted, requests, 1, (run, pass, most) -> {});
      for (int i = 0; i < requests.size(); i++) {
        assertSame("request " + i, alone.get(i), together.get(i).get());
        assertThat(together.get(i).get().receipt().batched())
            .isEqualTo("alone because no other run was there");
      }
    }
  }

  /** Where longer rows have other keys, a run computes them again by itself. */
  @Test
  void rowsThatAreReadAgainRunAlone() throws Exception {
    Path folder = Path.of("src/test/resources/fixtures/phi3/longrope");
    try (LanguageModel<AnyModel> model = LanguageModel.open(folder);
        HostedModel hosted = HostedModel.open(folder)) {
      List<RunRequest> requests = requests(model).subList(0, 2);
      List<Result> alone = requests.stream().map(each -> alone(hosted, each)).toList();
      List<Future<Result>> together = joined(hosted, requests, PLENTY, (run, pass, most) -> {});
      for (int i = 0; i < requests.size(); i++) {
        assertSame("request " + i, alone.get(i), together.get(i).get());
        assertThat(together.get(i).get().receipt().batched())
            .isEqualTo("alone because keys of long rows are computed again");
      }
    }
  }

  /** What cannot share a pass says why. */
  @Test
  void whatCannotJoinRunsAlone() throws Exception {
    try (LanguageModel<AnyModel> model = LanguageModel.open(LLAMA);
        HostedModel hosted = HostedModel.open(LLAMA)) {
      List<RunRequest> requests =
          List.of(
              request(model, maxNewTokens(6).doSample(false), 1, 3, invoker -> {}),
              request(model, maxNewTokens(6).numBeams(2), 1, 3, invoker -> {}),
              request(
                  model,
                  maxNewTokens(6).doSample(false),
                  1,
                  3,
                  invoker -> Decoder.of(invoker.model()).layer(1).attention().pattern().save()));
      List<Result> alone = requests.stream().map(each -> alone(hosted, each)).toList();
      List<Future<Result>> together = joined(hosted, requests, PLENTY, (run, pass, most) -> {});
      for (int i = 0; i < requests.size(); i++) {
        assertSame("request " + i, alone.get(i), together.get(i).get());
      }
      assertThat(together.get(1).get().receipt().batched())
          .isEqualTo("alone because its beams change places at each token");
      assertThat(together.get(2).get().receipt().batched())
          .matches("alone because .*pattern.* makes attention run in steps");
    }
  }
}
