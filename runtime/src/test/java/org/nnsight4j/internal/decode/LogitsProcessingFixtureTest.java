package org.nnsight4j.internal.decode;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.OptionalLong;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.generate.EarlyStopping;
import org.nnsight4j.tensor.Tensor;

/** The whole chain of processors against Hugging Face's ({@code tools/reference/fixtures.py}). */
final class LogitsProcessingFixtureTest {
  private static final Path FOLDER = Path.of("src/test/resources/generate/logits_processing");

  @TestFactory
  Stream<DynamicTest> processes() throws IOException {
    JsonNode cases =
        new ObjectMapper().readTree(FOLDER.resolve("cases.json").toFile()).get("cases");
    Map<String, Tensor> numbers = Safetensors.read(FOLDER.resolve("expected.safetensors"));
    assertThat(cases.size()).isAtLeast(60);
    return StreamSupport.stream(cases.spliterator(), false)
        .map(
            each -> DynamicTest.dynamicTest(each.get("name").asText(), () -> check(each, numbers)));
  }

  private static void check(JsonNode each, Map<String, Tensor> numbers) {
    float[] raw = numbers.get(each.get("tensors").get("raw").asText()).toFloatArray();
    Tensor wanted = numbers.get(each.get("tensors").get("processed").asText());
    int width = (int) wanted.shape(-1);
    LogitsProcessor processor = LogitsProcessors.of(options(each.get("options")));
    for (int row = 0; row < wanted.shape(0); row++) {
      float[] logits = Arrays.copyOfRange(raw, row * width, (row + 1) * width);
      processor.process(tokens(each, row), logits);
      for (int token = 0; token < width; token++) {
        float expected = (float) wanted.get(row, token);
        var score = assertWithMessage("row %s, token %s", row, token).that(logits[token]);
        if (Float.isInfinite(expected)) {
          score.isEqualTo(expected);
        } else {
          score.isWithin(1e-5f).of(expected);
        }
      }
    }
  }

  private static TokenSequence tokens(JsonNode each, int row) {
    long[] ids = longs(each.get("inputs").get(row));
    int prompt = each.get("prompt_length").asInt();
    TokenSequence tokens = new TokenSequence(Arrays.copyOf(ids, prompt));
    for (int i = prompt; i < ids.length; i++) {
      tokens.add(ids[i]);
    }
    return tokens;
  }

  private static ResolvedOptions options(JsonNode json) {
    return new ResolvedOptions(
        20,
        json.path("min_new_tokens").asInt(0),
        json.get("do_sample").asBoolean(),
        json.get("temperature").asDouble(),
        json.get("top_k").asInt(),
        json.get("top_p").asDouble(),
        json.get("repetition_penalty").asDouble(),
        json.get("no_repeat_ngram_size").asInt(),
        1,
        1,
        1,
        EarlyStopping.FALSE,
        json.has("eos_token_id")
            ? Arrays.stream(longs(json.get("eos_token_id"))).boxed().toList()
            : List.of(),
        OptionalLong.empty(),
        List.of(),
        OptionalLong.empty(),
        true);
  }

  private static long[] longs(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToLong(JsonNode::asLong).toArray();
  }
}
