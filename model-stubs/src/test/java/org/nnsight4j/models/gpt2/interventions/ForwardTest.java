package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.ToDoubleFunction;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.Session;
import org.nnsight4j.arch.LayerNode;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Interventions in one forward pass over one prompt. */
final class ForwardTest {
  private static final Topic TOPIC = new Topic("forward");
  private static final int LAYERS = 4;

  static Stream<Topic.Case> plain() {
    return TOPIC.cases("forward", "inputs", "skip", "attention", "conditional");
  }

  static Stream<Topic.Case> earlyStops() {
    return TOPIC.cases("early_stop");
  }

  static Stream<Topic.Case> lenses() {
    return TOPIC.cases("logit_lens");
  }

  static Stream<Topic.Case> applied() {
    return TOPIC.cases("applied");
  }

  static Stream<Topic.Case> sessions() {
    return TOPIC.cases("session");
  }

  @Test
  void allKindsAreRun() {
    assertThat(TOPIC.kinds())
        .containsExactly(
            "applied",
            "attention",
            "conditional",
            "early_stop",
            "forward",
            "inputs",
            "logit_lens",
            "session",
            "skip");
  }

  @ParameterizedTest
  @MethodSource("plain")
  void editsAndReads(Topic.Case each) {
    Reads reads;
    Saved<Axis> logits;
    try (Generator<Paths> generator = Topic.MODEL.trace();
        Invoker<Paths> invoker = generator.invoke(each.inputs())) {
      keyword(invoker, each, "position_ids");
      keyword(invoker, each, "attention_mask");
      new Edits(invoker, each).record(each.get("edits"));
      reads = Reads.ofTrace(each, invoker, each.get("reads"));
      logits = invoker.model().logits().at(-1).save();
    }
    reads.check();
    each.checkLogits("", logits.value(), each.json());
  }

  private static void keyword(Invoker<Paths> invoker, Topic.Case each, String name) {
    if (each.has(name)) {
      long[] row = Topic.rows(each.get(name))[0];
      invoker.model().read("transformer." + name).set(Tensor.of(row, 1, row.length));
    }
  }

  /** The pass ends by itself after the last read. */
  @ParameterizedTest
  @MethodSource("earlyStops")
  void earlyStop(Topic.Case each) {
    Saved<Axis> hidden;
    Generator<Paths> generator = Topic.MODEL.trace();
    try (generator;
        Invoker<Paths> invoker = generator.invoke(each.inputs())) {
      hidden = invoker.model().read(each.text("last_site")).save();
    }
    each.check("hidden", hidden.value());
    assertThat(generator.receipt().stoppedAt()).isEqualTo(Paths.moduleOf(each.text("last_site")));
  }

  /** {@code stop()} ends it there, whatever else is recorded for later. */
  @ParameterizedTest
  @MethodSource("earlyStops")
  void explicitStop(Topic.Case each) {
    Saved<Axis> hidden;
    List<Saved<Axis>> later = new ArrayList<>();
    try (Generator<Paths> generator = Topic.MODEL.trace();
        Invoker<Paths> invoker = generator.invoke(each.inputs())) {
      hidden = invoker.model().read(each.text("last_site")).save();
      invoker.stop();
      Topic.elements(each.get("modules_not_run"))
          .forEach(name -> later.add(invoker.model().module(name.asText()).output().save()));
    }
    each.check("hidden", hidden.value());
    assertThat(later).isNotEmpty();
    assertThat(later.stream().noneMatch(Saved::isPresent)).isTrue();
  }

  @ParameterizedTest
  @MethodSource("lenses")
  void logitLens(Topic.Case each) {
    List<Saved<Axis>> lenses = new ArrayList<>();
    try (Generator<Paths> generator = Topic.MODEL.trace();
        Invoker<Paths> invoker = generator.invoke(each.inputs())) {
      Paths model = invoker.model();
      for (int layer = 0; layer < LAYERS; layer++) {
        Value<Axis> hidden = model.read("transformer.h." + layer + ".output");
        Value<Axis> normal = model.module("transformer.ln_f").apply(hidden);
        lenses.add(model.module("lm_head").apply(normal).save());
      }
    }
    List<Tensor> last = new ArrayList<>();
    List<Tensor> tops = new ArrayList<>();
    List<Tensor> ids = new ArrayList<>();
    for (Saved<Axis> lens : lenses) {
      Tensor logits = lens.value();
      int width = (int) logits.shape(-1);
      double[] all = Topic.doubles(logits);
      List<double[]> rows = new ArrayList<>();
      for (int i = 0; i < logits.shape(1); i++) {
        rows.add(Arrays.copyOfRange(all, i * width, (i + 1) * width));
      }
      last.add(Topic.everyEighth(Tensor.of(rows.get(rows.size() - 1), width)));
      tops.add(vector(rows, row -> Arrays.stream(row).max().orElseThrow()));
      ids.add(vector(rows, ForwardTest::argMax));
    }
    each.check("last_logits_every_8", last);
    each.check("top_logits", tops);
    each.check("top_ids", ids);
  }

  private static Tensor vector(List<double[]> rows, ToDoubleFunction<double[]> of) {
    return Tensor.of(rows.stream().mapToDouble(of).toArray(), rows.size());
  }

  private static double argMax(double[] row) {
    int best = 0;
    for (int i = 1; i < row.length; i++) {
      best = row[i] > row[best] ? i : best;
    }
    return best;
  }

  @ParameterizedTest
  @MethodSource("applied")
  void appliedModule(Topic.Case each) {
    Saved<Axis> plain;
    Saved<Axis> called;
    Saved<Axis> inner;
    try (Generator<Paths> generator = Topic.MODEL.trace();
        Invoker<Paths> invoker = generator.invoke(each.inputs())) {
      Value<Axis> to = invoker.model().read(each.text("to"));
      plain = invoker.model().module(each.text("module")).apply(to).save();
      LayerNode<Axis> call = invoker.call(model -> model.module(each.text("module")), to);
      called = call.output().save();
      inner = inner(invoker, each, to).at(-1).save();
    }
    each.check("output", plain.value());
    each.check("output", called.value());
    each.check("act_last", inner.value());
  }

  /** A site inside another call of the same module. */
  private static Value<Axis> inner(Invoker<Paths> invoker, Topic.Case each, Value<Axis> to) {
    Paths[] inside = new Paths[1];
    LayerNode<Axis> called =
        invoker.call(
            model -> {
              inside[0] = model;
              return model.module(each.text("module"));
            },
            to);
    assertThat(called).isNotNull();
    return inside[0].read(each.text("inner"));
  }

  /** What the first run gives is written in the second, without being saved. */
  @ParameterizedTest
  @MethodSource("sessions")
  void session(Topic.Case each) {
    JsonNode first = each.get("first");
    JsonNode read = first.get("reads").get(0);
    JsonNode edit = each.get("edits").get(0);
    Saved<Axis> carried;
    Saved<Axis> logits;
    try (Session<Paths> session = Topic.MODEL.session()) {
      Value<Axis> hidden;
      try (Generator<Paths> generator = session.trace();
          Invoker<Paths> invoker = generator.invoke(Topic.rows(first.get("inputs")))) {
        hidden = invoker.model().read(read.get("site").asText()).at(read.get("position").asInt());
        carried = hidden.save();
      }
      try (Generator<Paths> generator = session.trace();
          Invoker<Paths> invoker = generator.invoke(each.inputs())) {
        Value<Axis> site = invoker.model().read(edit.get("site").asText());
        site.at(edit.get("positions").get(0).asInt()).set(hidden);
        logits = invoker.model().logits().at(-1).save();
      }
    }
    each.check("carried", carried.value());
    each.checkLogits("", logits.value(), each.json());
  }
}
