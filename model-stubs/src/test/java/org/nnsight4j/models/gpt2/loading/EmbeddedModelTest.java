package org.nnsight4j.models.gpt2.loading;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;
import static org.nnsight4j.Options.maxNewTokens;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Fixtures;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * The model in the jar: its tokenizer and answers are those of Hugging Face's on the same files.
 */
final class EmbeddedModelTest {
  private static final LanguageModel<Gpt2> GPT2 = EmbeddedGpt2.open().as(Gpt2.class);
  private static final Fixtures FIXTURES = Fixtures.of("embedded");

  @AfterAll
  static void close() {
    GPT2.close();
  }

  @TestFactory
  Stream<DynamicTest> tokenizer() {
    return FIXTURES
        .cases("tokens")
        .map(
            each ->
                dynamicTest(
                    each.name(),
                    () -> {
                      String text = each.node.get("text").asText();
                      long[] ids = longs(each.node.get("ids"));
                      assertWithMessage(text).that(GPT2.tokenizer().encode(text)).isEqualTo(ids);
                      assertThat(GPT2.tokenizer().decode(ids))
                          .isEqualTo(each.node.get("decoded_without_special").asText());
                    }));
  }

  @TestFactory
  Stream<DynamicTest> answers() {
    return FIXTURES
        .cases("generate")
        .filter(each -> each.node.has("generated_texts"))
        .map(
            each ->
                dynamicTest(
                    each.node.get("texts").get(0).asText(),
                    () -> {
                      String answer = each.node.get("generated_texts").get(0).asText();
                      assertThat(answer(each.node.get("texts").get(0).asText()))
                          .isEqualTo(answer.replace("<|endoftext|>", ""));
                    }));
  }

  private static String answer(String prompt) {
    return GPT2.generate(
            maxNewTokens(6),
            generator -> {
              generator.invoke(prompt).close();
              generator.run();
              return generator.output();
            })
        .newText(0);
  }

  @Test
  void logitLensOfEveryLayerAndPosition() {
    FIXTURES
        .cases("logit_lens")
        .forEach(
            each -> {
              List<Saved<Axis>> tops = new ArrayList<>();
              try (Generator<Gpt2> generator = GPT2.trace();
                  Invoker<Gpt2> invoker =
                      generator.invoke(each.node.get("texts").get(0).asText())) {
                Gpt2 model = invoker.model();
                for (int layer = 0; layer < 4; layer++) {
                  Value<Hidden> hidden = model.transformer().h(layer).output(0);
                  tops.add(
                      model
                          .lmHead()
                          .apply(model.transformer().lnF().apply(hidden))
                          .argMax(-1)
                          .save());
                }
              }
              Tensor wanted = each.expected("top_ids");
              for (int layer = 0; layer < 4; layer++) {
                long[] found = tops.get(layer).value().toLongArray();
                for (int position = 0; position < found.length; position++) {
                  assertThat(found[position]).isEqualTo((long) wanted.get(layer, position));
                  assertThat(GPT2.tokenizer().token(found[position]))
                      .isEqualTo(each.node.get("top_texts").get(layer).get(position).asText());
                }
              }
            });
  }

  /** In a batch of unequal rows too, and after the module was applied as well as before. */
  @Test
  void theLensAtEachRowsLastTokenIsThatRowsAnswer() {
    List<String> texts =
        List.of("The Eiffel Tower is in the city of", "The capital of Japan is", "Madison Square");
    record Lens(Saved<Axis> after, Saved<Axis> before, Saved<Axis> first) {}
    Lens lens =
        GPT2.trace()
            .run(
                generator ->
                    generator.invoke(
                        texts,
                        invoker -> {
                          Gpt2 model = invoker.model();
                          Value<Hidden> hidden = model.transformer().h(-1).output(0);
                          Value<Hidden> normed = model.transformer().lnF().apply(hidden);
                          return new Lens(
                              model.lmHead().apply(normed).at(-1).argMax(-1).save(),
                              model.lmHead().apply(normed.at(-1)).argMax(-1).save(),
                              model.lmHead().apply(normed).argMax(-1).at(0).save());
                        }))
            .result();
    long[] last = lens.after().value().toLongArray();
    assertThat(GPT2.tokenizer().token(last[0])).isEqualTo(" Paris");
    assertThat(GPT2.tokenizer().token(last[1])).isEqualTo(" Tokyo");
    assertThat(GPT2.tokenizer().token(last[2])).isEqualTo(" Garden");
    assertThat(lens.before().value()).isEqualTo(lens.after().value());
    for (int row = 0; row < texts.size(); row++) {
      Saved<Axis> alone =
          GPT2.trace(texts.get(row), model -> model.output().argMax(-1).get("0, 0").save());
      assertThat(lens.first().value().get(row)).isEqualTo(alone.value().item());
    }
  }

  @Test
  void aTextOfMoreThan512TokensIsReadWhole() {
    String text = " Paris".repeat(600);
    assertThat(GPT2.tokenizer().encode(text)).hasLength(600);
  }

  @Test
  void theCardStatesTheAccuraciesThatTheModelIsChosenFor() throws IOException {
    Path directory = EmbeddedGpt2.directory();
    assertThat(Files.readString(directory.resolve("MODEL_CARD.md"))).contains("indirect objects");
    long bytes = 0;
    try (Stream<Path> files = Files.list(directory)) {
      for (Path file : files.toList()) {
        bytes += Files.size(file);
      }
    }
    assertThat(bytes).isLessThan(6_000_000);
  }

  /** The first token repeated: attention of a whole block from where the first copy had it. */
  @Test
  void repeatedRandomSequencesAreContinued() {
    long[] block = {700, 433, 911, 355, 1022, 618, 844, 590, 777, 402, 1188, 671};
    long[] ids = new long[block.length * 2 - 1];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = block[i % block.length];
    }
    Saved<Axis> next =
        GPT2.trace()
            .run(
                generator ->
                    generator.invoke(ids, invoker -> invoker.model().output().argMax(-1).save()))
            .result();
    int right = 0;
    for (int i = block.length; i < ids.length; i++) {
      right += (long) next.value().get(0, i) == block[(i + 1) % block.length] ? 1 : 0;
    }
    assertThat(right).isAtLeast(block.length - 3);
  }

  private static long[] longs(JsonNode node) {
    return StreamSupport.stream(node.spliterator(), false).mapToLong(JsonNode::asLong).toArray();
  }
}
