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
import org.nnsight4j.values.Saved;

/** Several prompts in one run, one invoker each: every row gives what it gives alone. */
final class BatchesTest {
  private static final Topic TOPIC = new Topic("batches");

  static Stream<Topic.Case> batches() {
    return TOPIC.cases("batch");
  }

  @Test
  void allKindsAreRun() {
    assertThat(TOPIC.kinds()).containsExactly("batch");
  }

  @ParameterizedTest
  @MethodSource("batches")
  void rows(Topic.Case each) {
    long[][] ids = each.inputs();
    List<Reads> reads = new ArrayList<>();
    List<Saved<Axis>> logits = new ArrayList<>();
    try (Generator<Paths> generator = Topic.MODEL.trace()) {
      List<Invoker<Paths>> invokers = new ArrayList<>();
      for (long[] row : ids) {
        invokers.add(generator.invoke(row));
      }
      for (int i = 0; i < ids.length; i++) {
        new Edits(
                invokers.get(i),
                each::tensor,
                from -> invokers.get(from.get("row").asInt()).model())
            .record(each.get("rows").get(i).get("edits"));
      }
      try (Invoker<Paths> whole = generator.invoke()) {
        new Edits(whole, each).record(each.get("whole").get("edits"));
      }
      for (int i = 0; i < ids.length; i++) {
        JsonNode row = each.get("rows").get(i);
        reads.add(Reads.ofTrace(each, invokers.get(i), row.get("reads")));
        logits.add(invokers.get(i).model().logits().at(-1).save());
      }
    }
    for (int i = 0; i < ids.length; i++) {
      reads.get(i).check();
      each.checkLogits("row." + i + "/", logits.get(i).value(), each.get("rows").get(i));
    }
  }
}
