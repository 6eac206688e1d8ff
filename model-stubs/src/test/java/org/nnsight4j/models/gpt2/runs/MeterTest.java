package org.nnsight4j.models.gpt2.runs;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.maxNewTokens;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.host.HostedModel;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/** A run that takes more memory than it has ends with the user's line, not with its process. */
final class MeterTest {
  private static final String TEXT = "The Eiffel Tower is in the city of";
  private static final long MB = 1 << 20;

  private static LanguageModel<Gpt2> gpt2;
  private static HostedModel hosted;

  @TempDir Path directory;

  @BeforeAll
  static void open() {
    gpt2 = EmbeddedGpt2.open().as(Gpt2.class);
    hosted = HostedModel.open(EmbeddedGpt2.directory());
  }

  @AfterAll
  static void close() {
    gpt2.close();
    hosted.close();
  }

  private Path run(byte[] request, long memory) {
    Path file = directory.resolve("result");
    hosted.run(RunRequest.read(request), file, (run, pass, most) -> {}, memory);
    return file;
  }

  private static byte[] ofHidden(Consumer<Value<Hidden>> body) {
    return gpt2.request(
        TraceOptions.defaults(),
        generator ->
            generator.invoke(
                TEXT,
                invoker -> {
                  body.accept(invoker.model().transformer().h(1).output(0));
                  return 0;
                }));
  }

  private void ends(byte[] request, long memory, String... words) {
    RunException ended = assertThrows(RunException.class, () -> run(request, memory));
    for (String word : words) {
      assertThat(ended).hasMessageThat().contains(word);
    }
    assertThat(Files.exists(directory.resolve("result"))).isFalse();
  }

  @Test
  void aValueThatIsTooLargeIsNotMade() {
    // 8 tokens of 128 numbers, a million times: 4 GB, which this machine may have.
    byte[] request = ofHidden(hidden -> hidden.repeat(1, 1_000_000, 1).sum().save());
    ends(request, 200 * MB, "repeat needs", "bytes; the run takes", "(at MeterTest.java:");
  }

  /** Each takes 37 MB on the way to its sum: one at a time has room, all have not. */
  @Test
  void valuesAreFreedAfterTheirLastReaderAlsoWhereGradientsAreTaken() {
    byte[] request =
        ofHidden(
            hidden -> {
              hidden.gradient(hidden.sum()).save();
              for (int i = 0; i < 8; i++) {
                hidden.repeat(1, 4000, 1).mul(i).sum().save();
              }
            });
    assertThat(Files.exists(run(request, 200 * MB))).isTrue();
  }

  @Test
  void temporaryMemoryOfAKernelCounts() {
    byte[] request =
        ofHidden(
            hidden -> {
              Value<?> column = hidden.flatten(0, 2).expandDims(1);
              column.cdist(column, 2).sum().save();
            });
    ends(request, 12 * MB, "cdist needs", "(at MeterTest.java:");
  }

  @Test
  void aLoopThatDoublesEndsInTime() {
    byte[] request =
        gpt2.request(
            maxNewTokens(40).minNewTokens(40),
            generator ->
                generator.invoke(
                    TEXT,
                    invoker ->
                        invoker
                            .steps(0, 40)
                            .fold(
                                invoker.model().transformer().h(1).output(0),
                                (model, carried) -> carried.concat(carried, 1).as(Hidden.class))
                            .save()));
    ends(request, 100 * MB, "concat needs", "(at MeterTest.java:");
  }

  @Test
  void valuesSavedAtEachStepAddUp() {
    byte[] request =
        gpt2.request(
            maxNewTokens(60).minNewTokens(60),
            generator ->
                generator.invoke(
                    TEXT,
                    invoker ->
                        invoker
                            .steps(0, 60)
                            .each(
                                model ->
                                    model.transformer().h(0).output(0).repeat(1, 400, 1).save())));
    ends(request, 18 * MB, "needs", "the run takes", "(at MeterTest.java:");
  }

  @Test
  void tooManyPromptsAreNotStarted() {
    long[][] rows = new long[200][100];
    byte[] request =
        gpt2.request(
            TraceOptions.defaults(),
            generator -> generator.invoke(rows, invoker -> invoker.model().output().save()));
    ends(request, 100 * MB, "the forward passes over 200 rows of up to 100 tokens need up to");
  }

  @Test
  void freedMemoryDoesNotCount() {
    byte[] request =
        ofHidden(
            hidden -> {
              Value<?> value = hidden.repeat(1, 500, 1);
              for (int i = 0; i < 100; i++) {
                value = value.neg();
              }
              value.sum().save();
            });
    assertThat(Safetensors.read(run(request, 40 * MB))).hasSize(1);
  }

  /** What does not fit on the heap goes to a file without a name; the numbers are the same. */
  @Test
  void largeResultsAreTheSameNumbers() throws Exception {
    Consumer<Generator<Gpt2>> body =
        generator ->
            generator.invoke(
                TEXT,
                invoker -> {
                  Value<Hidden> hidden = invoker.model().transformer().h(1).output(0);
                  hidden.repeat(1, 6000, 1).save();
                  hidden.repeat(1, 3000, 1).transpose(1, 0, 2).save();
                  for (int i = 0; i < 12; i++) {
                    hidden.add(i).repeat(1, 300, 1).save();
                  }
                  return hidden.gt(0).repeat(1, 3000, 1).save();
                });
    byte[] request = gpt2.request(TraceOptions.defaults(), body);
    Path file = run(request, Long.MAX_VALUE);
    assertThat(Files.size(file)).isGreaterThan(50 * MB);
    Tensor hidden = gpt2.trace(TEXT, model -> model.transformer().h(1).output(0).save()).value();
    for (Tensor tensor : List.copyOf(Safetensors.read(file).values())) {
      assertThat(tensor.size() % hidden.size()).isEqualTo(0);
    }
    List<Tensor> largest =
        Safetensors.read(file).values().stream()
            .filter(tensor -> tensor.size() == 6000 * hidden.size())
            .toList();
    for (int i = 0; i < largest.get(0).size(); i++) {
      assertThat(largest.get(0).at(i)).isEqualTo(hidden.at(i % hidden.size()));
    }
    try (Stream<Path> files = Files.list(directory)) {
      assertThat(files.toList()).containsExactly(file);
    }
  }
}
