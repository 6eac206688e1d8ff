package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;

/** Interventions at the steps of generation. */
final class StepsTest {
  private static final Topic TOPIC = new Topic("steps");

  static Stream<Topic.Case> alone() {
    return TOPIC.cases("steps");
  }

  static Stream<Topic.Case> together() {
    return TOPIC.cases("steps_batch");
  }

  @Test
  void allKindsAreRun() {
    assertThat(TOPIC.kinds()).containsExactly("steps", "steps_batch");
  }

  @ParameterizedTest
  @MethodSource("alone")
  void steps(Topic.Case each) {
    Reads reads;
    Saved<Axis> logits;
    Generator<Paths> generator = Topic.MODEL.generate(Topic.options(each.get("options")));
    try (generator;
        Invoker<Paths> invoker = generator.invoke(each.inputs())) {
      record(each.get("edits"), invoker, each);
      reads = Reads.ofSteps(each, invoker, each.get("reads"));
      logits = invoker.allSteps().each(model -> model.logits().at(-1).save());
    }
    assertThat(generator.output().newIds()).isEqualTo(Topic.rows(each.get("generated")));
    reads.check();
    each.check("logits_every_8", everyEighth(logits));
  }

  /** Edits without steps happen at each; no case has both kinds. */
  private static void record(JsonNode edits, Invoker<Paths> invoker, Topic.Case each) {
    boolean always = Topic.elements(edits).anyMatch(edit -> !edit.has("steps"));
    if (always) {
      assertThat(Topic.elements(edits).noneMatch(edit -> edit.has("steps"))).isTrue();
      invoker.allSteps().forEach(model -> new Edits(invoker, each).record(edits));
    } else {
      new Edits(invoker, each).record(edits);
    }
  }

  @ParameterizedTest
  @MethodSource("together")
  void stepsOfSeveralRows(Topic.Case each) {
    long[][] ids = each.inputs();
    List<Reads> reads = new ArrayList<>();
    List<Saved<Axis>> logits = new ArrayList<>();
    Generator<Paths> generator = Topic.MODEL.generate(Topic.options(each.get("options")));
    try (generator) {
      List<Invoker<Paths>> invokers = new ArrayList<>();
      for (long[] row : ids) {
        invokers.add(generator.invoke(row));
      }
      for (int i = 0; i < ids.length; i++) {
        JsonNode json = each.get("rows").get(i);
        Invoker<Paths> invoker = invokers.get(i);
        new Edits(
                invoker,
                each::tensor,
                from -> invokers.get(from.get("row").asInt()).step(from.get("step").asInt()))
            .record(json.get("edits"));
        reads.add(Reads.ofSteps(each, invoker, json.get("reads")));
        logits.add(invoker.allSteps().each(model -> model.logits().at(-1).save()));
      }
    }
    assertThat(generator.output().newIds()).isEqualTo(Topic.rows(each.get("generated")));
    for (int i = 0; i < ids.length; i++) {
      reads.get(i).check();
      each.check("row." + i + "/logits_every_8", everyEighth(logits.get(i)));
    }
  }

  private static List<Tensor> everyEighth(Saved<Axis> logits) {
    return logits.values().stream().map(Topic::everyEighth).toList();
  }
}
