package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Options;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.models.gpt2.Fixtures;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/**
 * Runs in BF16 are as far from those of transformers in BF16 as rounding can be: nearer than both
 * are to FP32, or about as near.
 */
final class Bf16MatchesHuggingFaceTest {
  @TestFactory
  Stream<DynamicTest> logitsOfTheLastPosition() throws IOException {
    JsonNode all = new ObjectMapper().readTree(Fixtures.folder("bf16-runs.json").toFile());
    long[] ids =
        StreamSupport.stream(all.get("ids").spliterator(), false)
            .mapToLong(JsonNode::asLong)
            .toArray();
    assertThat(all.get("runs").size()).isAtLeast(6);
    return all.get("runs").properties().stream()
        .map(
            run ->
                DynamicTest.dynamicTest(
                    run.getKey(), () -> check(run.getKey(), ids, run.getValue())));
  }

  private static void check(String folder, long[] ids, JsonNode expected) {
    try (LanguageModel<AnyModel> model =
        LanguageModel.open(Fixtures.folder(folder), Options.dtype(DType.BFLOAT16))) {
      Tensor logits =
          model
              .trace(TraceOptions.defaults())
              .run(
                  generator ->
                      generator.invoke(
                          new long[][] {ids},
                          invoker -> invoker.model().module("").output().save()))
              .result()
              .value();
      assertThat(logits.dtype()).isEqualTo(DType.BFLOAT16);
      float[] numbers = logits.toFloatArray();
      int width = expected.get("last").size();
      double apart = 0;
      double size = 0;
      for (int i = 0; i < width; i++) {
        double number = expected.get("last").get(i).asDouble();
        apart += Math.pow(numbers[numbers.length - width + i] - number, 2);
        size += number * number;
      }
      double distance = Math.sqrt(apart / size);
      assertWithMessage("distance from transformers in BF16")
          .that(distance)
          .isAtMost(Math.max(2 * expected.get("distance").asDouble(), 0.004));
    }
  }
}
