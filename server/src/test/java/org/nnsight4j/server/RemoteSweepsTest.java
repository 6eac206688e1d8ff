package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Sweep;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.sweep.SweepAction;
import org.nnsight4j.internal.sweep.SweepPositions;
import org.nnsight4j.internal.sweep.SweepSpec;
import org.nnsight4j.internal.wire.ModelIdentity;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.remote.SubmitOptions;
import org.nnsight4j.server.testing.GraphServer;
import org.nnsight4j.sweep.Metrics;
import org.nnsight4j.sweep.SweepResult;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.tensor.Tensor;

/** The same sweep here and at a server, with a worker in its own process: the same bits. */
final class RemoteSweepsTest {
  private static final List<String> CLEAN =
      List.of("The Eiffel Tower is in the city of", "The Eiffel Tower is in the city");

  @TempDir static Path data;
  private static GraphServer place;
  private static LanguageModel<Gpt2> gpt2;

  @BeforeAll
  static void start() throws Exception {
    place = new GraphServer(data);
    gpt2 = place.gpt2;
  }

  @AfterAll
  static void close() {
    place.close();
  }

  private static Sweep sweep(LanguageModel<Gpt2> model) {
    long[][] clean =
        CLEAN.stream().map(text -> model.tokenizer().encode(text)).toArray(long[][]::new);
    long[][] corrupted = {clean[0].clone(), clean[1].clone()};
    corrupted[0][3] = clean[0][5];
    corrupted[1][5] = clean[1][3];
    return model
        .sweep(clean, corrupted)
        .metric("difference", Metrics.logitDifference(" the", " of"))
        .metric("kl", Metrics.klFromClean());
  }

  private static void same(SweepResult here, SweepResult there) {
    assertThat(there.axes()).isEqualTo(here.axes());
    for (String name : here.names()) {
      assertThat(there.of(name)).isEqualTo(here.of(name));
      assertThat(there.clean(name)).isEqualTo(here.clean(name));
      assertThat(there.corrupted(name)).isEqualTo(here.corrupted(name));
    }
  }

  @Test
  void patches() {
    SweepSite[] sites = {SweepSite.RESID_PRE, SweepSite.MLP_OUT};
    same(
        sweep(gpt2).at(sites).denoise().plan().run(),
        sweep(gpt2.at(place.remote)).at(sites).denoise().plan().run());
  }

  @Test
  void addsToHeads() {
    float[] numbers = new float[gpt2.blueprint().decoder().layers().get(0).attention().headDim()];
    numbers[1] = 3;
    Tensor vector = Tensor.of(numbers, numbers.length);
    same(
        sweep(gpt2)
            .at(SweepSite.Z)
            .eachHead()
            .allPositions()
            .add(vector)
            .strengths(1, -2)
            .plan()
            .run(),
        sweep(gpt2.at(place.remote))
            .at(SweepSite.Z)
            .eachHead()
            .allPositions()
            .add(vector)
            .strengths(1, -2)
            .plan()
            .run());
  }

  @Test
  void refusesWhatASweepWouldIgnore() {
    byte[] trace =
        gpt2.request(
            TraceOptions.defaults(),
            generator -> {
              for (int prompt = 0; prompt < 3; prompt++) {
                Gpt2 model = generator.invoke(new long[] {1, 2}).model();
                model.transformer().h(0).mlp().output().set(0);
                var unused = model.output().at(-1).get(":, 0").save();
              }
            });
    assertRefused(
        RunRequest.read(trace).graphs().get(0),
        spec(0, 1 << 28),
        "a metric of a sweep computes with the logits of the last position, and does nothing else; found transformer.h.0.mlp.output");
  }

  @Test
  void refusesWrongSweeps() {
    Graph own = RunRequest.read(sweep(gpt2).at(SweepSite.Z).plan().request()).graphs().get(0);
    assertRefused(own, spec(99, 1 << 28), "layer 99 does not exist");
    assertRefused(own, spec(0, 1), "this sweep may take 1; give it more with maxBytes(...)");
  }

  private static SweepSpec spec(int layer, long maxBytes) {
    return new SweepSpec(
        List.of(SweepSite.RESID_PRE),
        List.of(layer),
        SweepPositions.EACH,
        null,
        SweepAction.ZERO,
        List.of(1.0),
        null,
        maxBytes);
  }

  private static void assertRefused(Graph graph, SweepSpec spec, String why) {
    RequestedRun run =
        new RequestedRun(
            graph,
            graph.prompts().stream().map(any -> SourceLine.UNKNOWN).toList(),
            new RunKind.Sweep(spec),
            null);
    byte[] request = new RunRequest(List.of(run), ModelIdentity.of(gpt2.blueprint())).toBytes();
    Nnsight4jException e =
        assertThrows(
            Nnsight4jException.class,
            () -> place.client.submit("gpt2", request, SubmitOptions.defaults()));
    assertThat(e).hasMessageThat().contains(why);
  }
}
