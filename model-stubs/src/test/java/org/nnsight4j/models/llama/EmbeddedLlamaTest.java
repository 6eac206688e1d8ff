package org.nnsight4j.models.llama;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;
import static org.nnsight4j.Options.maxNewTokens;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Output;
import org.nnsight4j.Pinning;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;

/** The Llama in the jar is what Hugging Face makes of the same files; its first token matters. */
final class EmbeddedLlamaTest {
  private static final Path FIXTURE = Path.of("src/test/resources/fixtures/embedded-llama.json");
  private static final String EIFFEL = "The Eiffel Tower is in the city of";
  private static LanguageModel<Llama> llama;

  @BeforeAll
  static void open() {
    llama = EmbeddedLlama.open().as(Llama.class);
  }

  @AfterAll
  static void close() {
    llama.close();
  }

  private static long[] longs(JsonNode array) {
    return StreamSupport.stream(array.spliterator(), false).mapToLong(JsonNode::asLong).toArray();
  }

  @TestFactory
  Stream<DynamicTest> isThatOfHuggingFace() throws IOException {
    JsonNode cases = new ObjectMapper().readTree(FIXTURE.toFile());
    return StreamSupport.stream(cases.spliterator(), false)
        .map(each -> dynamicTest(each.get("text").asText(), () -> matches(each)));
  }

  private static void matches(JsonNode each) {
    String text = each.get("text").asText();
    long[] ids = longs(each.get("ids"));
    assertThat(llama.tokenizer().encode(text)).isEqualTo(ids);
    assertThat(llama.tokenizer().encode(text, false))
        .isEqualTo(longs(each.get("ids_without_special")));
    List<Saved<?>> hidden = new ArrayList<>();
    Saved<?> logits;
    try (Generator<Llama> generator = llama.trace();
        Invoker<Llama> invoker = generator.invoke(text)) {
      Llama model = invoker.model();
      hidden.add(model.model().embedTokens().output().at(-1).save());
      for (int layer = 0; layer < 3; layer++) {
        hidden.add(model.model().layers(layer).output().at(-1).save());
      }
      hidden.add(model.model().norm().output().at(-1).save());
      logits = model.output().at(-1).save();
    }
    for (int layer = 0; layer < hidden.size(); layer++) {
      near(each.get("hidden_last").get(layer), hidden.get(layer).value(), i -> i);
    }
    long[] top = longs(each.get("top_ids"));
    near(each.get("top_logits"), logits.value(), i -> Math.toIntExact(top[i]));
    Output output =
        llama.generate(
            maxNewTokens(6),
            generator -> {
              generator.invoke(text).close();
            });
    assertThat(output.newIds(0)).isEqualTo(longs(each.get("new_ids")));
    assertThat(output.newText(0)).isEqualTo(each.get("new_text").asText());
  }

  private interface Place {
    int of(int i);
  }

  private static void near(JsonNode wanted, Tensor found, Place place) {
    for (int i = 0; i < wanted.size(); i++) {
      double number = wanted.get(i).asDouble();
      assertWithMessage("number %s", i)
          .that((double) found.toFloatArray()[place.of(i)])
          .isWithin(1e-5 * Math.max(10, Math.abs(number)))
          .of(number);
    }
  }

  @Test
  void itsPinnedDescriptorKnowsItsSize() {
    Pinning.check(new EmbeddedLlamaModel(), EmbeddedLlama.directory());
    try (LanguageModel<EmbeddedLlama> pinned = EmbeddedLlama.open()) {
      assertThat(
              pinned
                  .trace(EIFFEL, model -> model.model().layers(3).output().save())
                  .value()
                  .shape())
          .isEqualTo(new long[] {1, 9, 128});
    }
  }

  // The first token.

  private static List<String> warnings(LanguageModel<Llama> model, long[]... rows) {
    try (Generator<Llama> generator = model.trace()) {
      generator.invoke(rows, invoker -> invoker.model().output().save());
      generator.run();
      return generator.receipt().warnings();
    }
  }

  @Test
  void aPromptWithoutItIsTold() {
    long[] without = llama.tokenizer().encode(EIFFEL, false);
    long[] with = llama.tokenizer().encode(EIFFEL);
    assertThat(warnings(llama, with, with)).isEmpty();
    assertThat(warnings(llama, without))
        .containsExactly(
            "without '<|begin_of_text|>' (1) in front: row 0; this model's tokenizer puts it in front of every text, and numbers without it are others: give the text itself, or ids of tokenizer().encode(text)");
    assertThat(warnings(llama, with, without, with, without).get(0))
        .contains("in front: row 1, row 3;");
    long[][] many = new long[10][];
    Arrays.fill(many, without);
    assertThat(warnings(llama, many).get(0)).contains("row 6, row 7 and 2 more;");
  }

  @Test
  void aPromptWithTwoOfItIsTold() {
    long[] twice = llama.tokenizer().encode("<|begin_of_text|>" + EIFFEL);
    assertThat(warnings(llama, twice))
        .containsExactly(
            "'<|begin_of_text|>' (1) twice in front: row 0; the tokenizer puts it in front of every text, and this text had it: give ids of tokenizer().encode(text, false), as chat(...) does");
  }

  @Test
  void generationAndPreparedRunsAreToldToo() {
    long[] without = llama.tokenizer().encode(EIFFEL, false);
    try (Generator<Llama> generator = llama.generate(maxNewTokens(1))) {
      generator.invoke(without).close();
      generator.run();
      assertThat(generator.receipt().warnings()).hasSize(1);
    }
    var prepared = llama.prepare(model -> model.output().save());
    assertThat(prepared.run(without).receipt().warnings()).hasSize(1);
    assertThat(prepared.run(EIFFEL).receipt().warnings()).isEmpty();
  }

  // Paths.

  /** Who gives the path himself has no descriptor that could be wrong. */
  @Test
  void aMisspeltPathIsToldWithNearNames() {
    try (LanguageModel<AnyModel> any = LanguageModel.open(EmbeddedLlama.directory())) {
      assertThat(refusal(any, "model.layers.1.self_atn.q_proj"))
          .startsWith(
              "'llama' has no module 'model.layers.1.self_atn.q_proj', did you mean"
                  + " 'model.layers.1.self_attn.q_proj' (at EmbeddedLlamaTest.java:");
      assertThat(refusal(any, "transformer.h.1.attn.c_attn"))
          .startsWith(
              "'llama' has no module 'transformer.h.1.attn.c_attn'; the model has model, lm_head");
      assertThat(refusal(any, "model.layers.1.feed_forward.projection_of_the_gate"))
          .contains(
              "; model.layers.1 has input_layernorm, self_attn, post_attention_layernorm, mlp");
    }
  }

  private static String refusal(LanguageModel<AnyModel> any, String path) {
    return String.valueOf(
        assertThrows(
                RecordingException.class,
                () -> any.trace(EIFFEL, model -> model.module(path).output().save()))
            .getMessage());
  }

  // The length.

  /** Rotary positions have no end, so it runs as in Hugging Face; but it was made for 128. */
  @Test
  void aRowLongerThanItsPositionsIsTold() {
    long[] row = new long[129];
    Arrays.fill(row, 7);
    row[0] = 1;
    assertThat(warnings(llama, Arrays.copyOf(row, 128))).isEmpty();
    assertThat(warnings(llama, row))
        .containsExactly(
            "a row has 129 positions, and config.json says max_position_embeddings = 128: the model runs, as in Hugging Face, but was not made for the positions after 128; shorten the prompt, or lower maxNewTokens");
    assertThat(generated(Arrays.copyOf(row, 126), 3)).isEmpty();
    assertThat(generated(Arrays.copyOf(row, 126), 4).toString())
        .contains("a row has 129 positions");
  }

  private static List<String> generated(long[] row, int most) {
    try (Generator<Llama> generator = llama.generate(maxNewTokens(most).minNewTokens(most))) {
      generator.invoke(row).close();
      generator.run();
      return generator.receipt().warnings();
    }
  }

  /** GPT-2's tokenizer has such a token and puts it nowhere. */
  @Test
  void aTokenizerThatPutsNoneInFrontWantsNone() {
    try (var gpt2 = EmbeddedGpt2.open();
        var generator = gpt2.trace()) {
      generator.invoke(new long[] {5, 6, 7}, invoker -> invoker.model().output().save());
      generator.run();
      assertThat(generator.receipt().warnings()).isEmpty();
    }
  }
}
