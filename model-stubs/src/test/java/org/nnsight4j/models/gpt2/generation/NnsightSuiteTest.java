package org.nnsight4j.models.gpt2.generation;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.Options.maxNewTokens;

import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
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
 * The tests of Python nnsight's v0.1 ({@code tests/test_lm.py} of the Generator era and of 0.1.18),
 * on the embedded model instead of GPT-2 small. Names are those of the originals.
 */
final class NnsightSuiteTest {
  private static final String MSG = "Madison Square Garden is located in the city of";
  private static final LanguageModel<Gpt2> GPT2 = EmbeddedGpt2.open().as(Gpt2.class);

  @AfterAll
  static void close() {
    GPT2.close();
  }

  @Test
  void generation() {
    try (Generator<Gpt2> generator = GPT2.generate(maxNewTokens(3))) {
      try (Invoker<Gpt2> invoker = generator.invoke(MSG)) {
        assertThat(invoker.model()).isNotNull();
      }
      generator.run();
      assertThat(generator.output().text(0)).isEqualTo(MSG + " New York City");
    }
  }

  @Test
  void save() {
    Saved<Hidden> hidden;
    Saved<Hidden> input;
    try (Generator<Gpt2> generator = GPT2.generate(maxNewTokens(1));
        Invoker<Gpt2> invoker = generator.invoke(MSG)) {
      hidden = invoker.model().transformer().h(-1).output(0).save();
      input = invoker.model().transformer().h(-1).input().save();
    }
    assertThat(hidden.value().shape()).isEqualTo(new long[] {1, 9, 128});
    assertThat(input.value().rank()).isEqualTo(3);
    assertThat(input.value()).isNotEqualTo(hidden.value());
  }

  @Test
  void set() {
    Saved<Hidden> before;
    Saved<Hidden> after;
    try (Generator<Gpt2> generator = GPT2.generate(maxNewTokens(1))) {
      try (Invoker<Gpt2> invoker = generator.invoke(MSG)) {
        Gpt2 model = invoker.model();
        before = model.transformer().h(-1).output(0).save();
        model.transformer().h(-1).output(0).set(0);
        after = model.transformer().h(-1).output(0).save();
      }
      generator.run();
      assertThat(generator.output().text(0)).isNotEqualTo(MSG + " New");
      assertThat(generator.receipt().warnings()).isEmpty();
    }
    assertThat(isZero(before.value())).isFalse();
    assertThat(isZero(after.value())).isTrue();
  }

  @Test
  void set2ReplacesByAnExpressionOfItself() {
    Saved<Hidden> before;
    Saved<Hidden> after;
    try (Generator<Gpt2> generator = GPT2.generate(maxNewTokens(1))) {
      try (Invoker<Gpt2> invoker = generator.invoke(MSG)) {
        Value<Hidden> embeddings = invoker.model().transformer().wte().output();
        before = embeddings.save();
        embeddings.set(embeddings.mul(0));
        after = invoker.model().transformer().wte().output().save();
      }
      generator.run();
      assertThat(generator.output().text(0)).isNotEqualTo(MSG + " New");
    }
    assertThat(isZero(before.value())).isFalse();
    assertThat(isZero(after.value())).isTrue();
  }

  @Test
  void adhocModule() {
    Saved<Axis> tokens =
        GPT2.trace(
            "The Eiffel Tower is in the city of",
            model -> {
              Value<Hidden> hidden = model.transformer().h(-1).output(0);
              return model
                  .lmHead()
                  .apply(model.transformer().lnF().apply(hidden))
                  .softmax(-1)
                  .argMax(-1)
                  .save();
            });
    String text = GPT2.tokenizer().decode(tokens.value().toLongArray());
    assertThat(text).endsWith(" Paris");
    // The last layer's lens is the model itself.
    Saved<Axis> direct =
        GPT2.trace("The Eiffel Tower is in the city of", model -> model.output().argMax(-1).save());
    assertThat(tokens.value()).isEqualTo(direct.value());
  }

  @Test
  void embeddingsSet1() {
    String blank = "_ _ _ _ _ _ _ _ _";
    assertThat(GPT2.tokenizer().encode(blank)).hasLength(GPT2.tokenizer().encode(MSG).length);
    try (Generator<Gpt2> generator = GPT2.generate(maxNewTokens(3))) {
      try (Invoker<Gpt2> first = generator.invoke(MSG);
          Invoker<Gpt2> second = generator.invoke(blank)) {
        Value<Hidden> embeddings = first.model().transformer().wte().output();
        second.model().transformer().wte().output().set(embeddings);
      }
      generator.run();
      assertThat(generator.output().newText(0)).isEqualTo(" New York City");
      assertThat(generator.output().newText(1)).isEqualTo(" New York City");
    }
  }

  @Test
  void embeddingsSet2() {
    Saved<Hidden> embeddings;
    try (Generator<Gpt2> generator = GPT2.generate(maxNewTokens(3))) {
      try (Invoker<Gpt2> invoker = generator.invoke(MSG)) {
        embeddings = invoker.model().transformer().wte().output().save();
      }
      generator.run();
      assertThat(generator.output().newText(0)).isEqualTo(" New York City");
    }
    try (Generator<Gpt2> generator = GPT2.generate(maxNewTokens(3))) {
      try (Invoker<Gpt2> invoker = generator.invoke("_ _ _ _ _ _ _ _ _")) {
        invoker.model().transformer().wte().output().set(embeddings.value());
      }
      generator.run();
      assertThat(generator.output().newText(0)).isEqualTo(" New York City");
    }
  }

  @Test
  void retainGrad() {
    Saved<Hidden> gradient =
        GPT2.trace(
            MSG,
            model -> {
              Value<Hidden> hidden = model.transformer().h(-1).output(0);
              return hidden.gradient(model.output().sum()).save();
            });
    assertThat(gradient.value().shape()).isEqualTo(new long[] {1, 9, 128});
    assertThat(isZero(gradient.value())).isFalse();
  }

  @Test
  void grad() {
    record Gradients(Saved<Hidden> plain, Saved<Hidden> replaced, Saved<Hidden> earlier) {}
    Gradients gradients =
        GPT2.trace(
            MSG,
            model -> {
              Value<Hidden> early = model.transformer().h(1).output(0);
              Value<Hidden> hidden = model.transformer().h(-1).output(0);
              Value<Axis> loss = model.output().sum();
              Saved<Hidden> plain = hidden.gradient(loss).save();
              hidden.setGradient(loss, hidden.gradient(loss).mul(0));
              return new Gradients(
                  plain, hidden.gradient(loss).save(), early.gradient(loss).save());
            });
    assertThat(isZero(gradients.plain().value())).isFalse();
    assertThat(isZero(gradients.replaced().value())).isTrue();
    // The whole loss flows through the last block, so nothing is left before it.
    assertThat(isZero(gradients.earlier().value())).isTrue();
  }

  @Test
  void gradientsMatchHuggingFace() {
    Fixtures.Case each = Fixtures.of("embedded").cases("gradients").findFirst().orElseThrow();
    long answer = each.node.get("answer_id").asLong();
    for (int layer = 0; layer < 4; layer++) {
      int h = layer;
      record Two(Saved<Hidden> sum, Saved<Hidden> answer) {}
      Two found =
          GPT2.trace()
              .run(
                  generator ->
                      generator.invoke(
                          each.inputs(),
                          invoker -> {
                            Gpt2 model = invoker.model();
                            Value<Hidden> hidden = model.transformer().h(h).output(0);
                            return new Two(
                                hidden.gradient(model.output().sum()).save(),
                                hidden.gradient(model.output().get("0, -1, " + answer)).save());
                          }))
              .result();
      each.assertClose("sum/h." + layer, found.sum().value(), 1e-4);
      each.assertClose("answer/h." + layer, found.answer().value(), 1e-4);
    }
  }

  private static boolean isZero(Tensor tensor) {
    return IntStream.range(0, tensor.size()).allMatch(i -> tensor.at(i) == 0);
  }
}
