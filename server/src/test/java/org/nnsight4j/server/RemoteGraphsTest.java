package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.doSample;
import static org.nnsight4j.Options.maxNewTokens;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.error.RunException;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.graph.SavedValue;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.models.gpt2.Gpt2Model;
import org.nnsight4j.remote.JobStatus;
import org.nnsight4j.remote.Remote;
import org.nnsight4j.remote.RemoteException;
import org.nnsight4j.remote.RemoteServer;
import org.nnsight4j.remote.SubmitOptions;
import org.nnsight4j.server.testing.GraphServer;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** The same graph here and at a server, with a worker in its own process: the same bits. */
final class RemoteGraphsTest {
  private static final String TEXT = "The Eiffel Tower is in the city of";

  @TempDir static Path data;
  private static GraphServer place;
  private static LanguageModel<Gpt2> gpt2;
  private static RemoteServer client;
  private static Remote remote;

  @BeforeAll
  static void start() throws Exception {
    place = new GraphServer(data);
    gpt2 = place.gpt2;
    client = place.client;
    remote = place.remote;
  }

  @AfterAll
  static void close() {
    place.close();
  }

  /** Records twice, runs here and there, and compares what was saved, in order. */
  private static void same(
      GenerateOptions options, Function<Generator<Gpt2>, List<Saved<?>>> body) {
    try (Generator<Gpt2> here = gpt2.generate(options);
        Generator<Gpt2> there = gpt2.at(remote).generate(options)) {
      List<Saved<?>> local = body.apply(here);
      List<Saved<?>> distant = body.apply(there);
      here.run();
      there.run();
      assertThat(values(distant)).isEqualTo(values(local));
      assertThat(there.output().sequences()).isEqualTo(here.output().sequences());
      assertThat(there.output().texts()).isEqualTo(here.output().texts());
      assertThat(there.receipt().entries().size()).isEqualTo(here.receipt().entries().size());
      assertThat(there.receipt().passes()).isEqualTo(here.receipt().passes());
    }
  }

  private static List<List<Tensor>> values(List<Saved<?>> saved) {
    return saved.stream().<List<Tensor>>map(Saved::values).toList();
  }

  @Test
  void readsWritesAndOperations() {
    same(
        maxNewTokens(3),
        generator -> {
          try (var invoker = generator.invoke(TEXT)) {
            Gpt2 model = invoker.model();
            Value<Hidden> mlp = model.transformer().h(1).mlp().output();
            Saved<Hidden> before = mlp.save();
            mlp.set(mlp.mul(0.5).add(1));
            Saved<Hidden> last = model.transformer().h(-1).output(0).at(-1).save();
            Saved<Vocab> logits = model.output().softmax(-1).save();
            return List.of(before, last, logits);
          }
        });
  }

  private static Generator<Gpt2> traced(Remote where, String text) {
    Generator<Gpt2> generator = gpt2.at(where.nonBlocking()).trace(TraceOptions.defaults());
    generator.invoke(text, invoker -> invoker.model().transformer().h(1).output(0).save());
    generator.close();
    return generator;
  }

  @Test
  void aKeyOfTheCallersOwnIsOneJob() {
    Remote keyed = remote.with(SubmitOptions.defaults().idempotencyKey("experiment-7"));
    String job = traced(keyed, TEXT).job().id();
    assertThat(traced(keyed, TEXT).job().id()).isEqualTo(job);
    RemoteException other =
        assertThrows(RemoteException.class, () -> traced(keyed, "Another text"));
    assertThat(other).hasMessageThat().contains("Idempotency-Key");
    assertThat(traced(remote, TEXT).job().id()).isNotEqualTo(job);
  }

  @Test
  void aRequestIsWhatWouldHaveBeenSent() {
    List<Saved<Hidden>> saved = new ArrayList<>();
    Consumer<Generator<Gpt2>> body =
        generator ->
            saved.add(
                generator.invoke(
                    TEXT, invoker -> invoker.model().transformer().h(1).output(0).save()));
    byte[] request = gpt2.request(TraceOptions.defaults(), body);
    RunException absent = assertThrows(RunException.class, () -> saved.get(0).value());
    assertThat(absent).hasMessageThat().contains("was not sent from here");
    Tensor there =
        client
            .submit("gpt2", request, SubmitOptions.defaults())
            .await()
            .get("save.%s.0".formatted(SavedValue.of(saved.get(0)).id()));
    try (Generator<Gpt2> here = gpt2.trace()) {
      body.accept(here);
    }
    assertThat(there).isEqualTo(saved.get(1).value());
    byte[] sampled =
        gpt2.request(doSample(true).maxNewTokens(2), generator -> generator.invoke(TEXT).close());
    assertThat(((RunKind.Generate) RunRequest.read(sampled).runs().get(0).kind()).options().asMap())
        .containsKey("seed");
  }

  @Test
  void aRunThatWasNotSentOrIsOverHasNoJob() {
    try (Generator<Gpt2> waits = gpt2.at(remote).trace(TraceOptions.defaults())) {
      waits.invoke(TEXT).close();
      assertThat(assertThrows(RunException.class, waits::job))
          .hasMessageThat()
          .contains("this generator waits for its run");
    }
  }

  @Test
  void severalInputsPatchedAndConstants() {
    same(
        maxNewTokens(2),
        generator -> {
          try (var paris = generator.invoke(TEXT);
              var rome = generator.invoke("The Colosseum is in the city of")) {
            Value<Hidden> last = paris.model().transformer().h(2).output(0).at(-1);
            rome.model().transformer().h(2).output(0).at(-1).set(last);
            Value<Hidden> block = rome.model().transformer().h(3).output(0);
            block.set(block.add(1e-3));
            return List.of(last.save(), block.save());
          }
        });
  }

  @Test
  void gradientsAndLens() {
    long paris = gpt2.tokenizer().encode(" Paris")[0];
    same(
        maxNewTokens(1),
        generator -> {
          try (var invoker = generator.invoke(TEXT)) {
            Gpt2 model = invoker.model();
            Value<Hidden> hidden = model.transformer().h(1).output(0);
            Value<Vocab> logit = model.output().get("0, -1, " + paris);
            return List.of(hidden.gradient(logit).save());
          }
        });
  }

  @Test
  void samplingWithASeedDrawsTheSameTokens() {
    same(
        doSample().temperature(0.9).topK(20).seed(11).maxNewTokens(6).numReturnSequences(2),
        generator -> {
          generator.invoke("The capital of").close();
          return List.of();
        });
  }

  @Test
  void samplingWithoutASeedReportsOne() {
    try (Generator<Gpt2> generator = gpt2.at(remote).generate(doSample().maxNewTokens(4))) {
      generator.invoke("The capital of").close();
      generator.run();
      assertThat(generator.output().seed()).isPresent();
    }
  }

  @Test
  void aTraceIsATraceThereToo() {
    Saved<Hidden> here = gpt2.trace(TEXT, model -> model.transformer().h(2).output(0).save());
    Saved<Hidden> there =
        gpt2.at(remote).trace(TEXT, model -> model.transformer().h(2).output(0).save());
    assertThat(there.value()).isEqualTo(here.value());
  }

  @Test
  void aJobContinuesWithoutAWaitingClientAndIsFoundAgain() throws Exception {
    Generator<Gpt2> generator = gpt2.at(remote.nonBlocking()).generate(maxNewTokens(2));
    Saved<Hidden> hidden =
        generator.invoke(TEXT, invoker -> invoker.model().transformer().h(0).output(0).save());
    generator.close();
    RunException early = assertThrows(RunException.class, hidden::value);
    assertThat(early).hasMessageThat().contains("wait for it by job().await()");
    generator.job().future().get(60, TimeUnit.SECONDS);
    assertThat(generator.job().status()).isEqualTo(JobStatus.COMPLETED);
    assertThat(hidden.value().shape()).isEqualTo(new long[] {1, 8, 128});
    assertThat(generator.output().text(0)).contains("Paris");
    // Another process would know only the id.
    var tensors = client.job(generator.job().id()).await();
    assertThat(tensors.values()).contains(hidden.value());
  }

  @Test
  void aFailureOnTheServerThrowsHereWithTheLine() {
    RemoteException failure =
        assertThrows(
            RemoteException.class,
            () ->
                gpt2.at(remote)
                    .trace()
                    .run(
                        generator ->
                            generator.invoke(
                                TEXT,
                                invoker ->
                                    // Eight tokens, which only the server's tokenizer knows.
                                    invoker.model().transformer().h(1).output(0).at(20).save()))
                    .result());
    assertThat(failure).hasMessageThat().contains("RemoteGraphsTest.java:");
    assertThat(failure.problem().orElseThrow().line()).startsWith("RemoteGraphsTest.java:");
    assertThat(failure.problem().orElseThrow().node()).isPresent();
  }

  @Test
  void anotherModelIsRefusedBeforeAnythingIsSent(@TempDir Path other) throws Exception {
    String config = Files.readString(EmbeddedGpt2.directory().resolve("config.json"));
    Files.writeString(
        other.resolve("config.json"), config.replaceAll("\"n_layer\": ?4", "\"n_layer\": 3"));
    Files.copy(EmbeddedGpt2.directory().resolve("tokenizer.json"), other.resolve("tokenizer.json"));
    try (LanguageModel<Gpt2> smaller = LanguageModel.open(new Gpt2Model(), other)) {
      RunException refused =
          assertThrows(
              RunException.class,
              () -> smaller.at(remote).trace(TEXT, model -> model.output().save()));
      assertThat(refused).hasMessageThat().contains("nothing was sent");
      assertThat(refused).hasMessageThat().contains("n_layer: here 3, server 4");
    }
  }

  @Test
  void aRunOverTheBudgetIsRefused() {
    long[][] rows = new long[20_000][30];
    RemoteException refused =
        assertThrows(
            RemoteException.class,
            () ->
                gpt2.at(remote)
                    .trace()
                    .run(
                        generator ->
                            generator.invoke(
                                rows, invoker -> invoker.model().output().at(-1).save()))
                    .result());
    assertThat(refused.problem().orElseThrow().code()).isEqualTo("over-budget");
    assertThat(refused).hasMessageThat().contains("bytes");
  }
}
