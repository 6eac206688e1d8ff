package org.nnsight4j.models.gpt2.runs;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.nnsight4j.models.gpt2.Probe.GPT2;

import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Receipt;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * A run that uses the logits of the last position unembeds that position alone, which its receipt
 * says; its numbers are those of a run that reads all.
 */
final class LastLogitsTest {
  private static final long[] LONG = {5, 17, 23, 99, 4, 301};
  private static final long[] SHORT = {8, 3, 40};

  /** A part of what two invokers see, of rows that differ in length, and the receipt. */
  private record Seen(Tensor first, Tensor second, Receipt receipt) {}

  private static Seen run(Function<Gpt2, Value<?>> body) {
    try (Generator<Gpt2> generator = GPT2.trace()) {
      Saved<?> first;
      Saved<?> second;
      try (Invoker<Gpt2> invoker = generator.invoke(SHORT)) {
        first = body.apply(invoker.model()).save();
      }
      try (Invoker<Gpt2> invoker = generator.invoke(new long[][] {LONG, SHORT})) {
        second = body.apply(invoker.model()).save();
      }
      generator.run();
      return new Seen(first.value(), second.value(), generator.receipt());
    }
  }

  private static Value<?> logits(Gpt2 model, boolean head) {
    return head ? model.lmHead().output() : model.output();
  }

  /** How many positions the runs saw at their reads of logits. */
  private static List<Long> positions(Seen seen) {
    return seen.receipt().entries().stream().map(entry -> entry.shape().get(1)).distinct().toList();
  }

  private static void assertClose(Tensor found, Tensor expected) {
    assertThat(found.shape()).isEqualTo(expected.shape());
    float[] have = found.toFloatArray();
    float[] want = expected.toFloatArray();
    for (int i = 0; i < want.length; i++) {
      assertWithMessage("number %s", i).that(have[i]).isWithin(2e-5f).of(want[i]);
    }
  }

  @ParameterizedTest
  @CsvSource({
    "false, ':, -1'",
    "true, ':, -1'",
    "false, ':, -1:'",
    "false, '..., -1, :'",
    "false, '0, -1, 3:7'",
    "true, ':, None, -1, :10'"
  })
  void aPartOfTheLastPosition(boolean head, String index) {
    Seen last = run(model -> logits(model, head).get(index));
    Seen all =
        run(
            model -> {
              Value<?> whole = logits(model, head);
              return whole.mul(1).get(index);
            });
    assertThat(positions(last)).containsExactly(1L);
    assertThat(positions(all)).containsExactly(3L, 6L);
    assertClose(last.first(), all.first());
    assertClose(last.second(), all.second());
  }

  @Test
  void eachRowsOwnLastToken() {
    Seen last = run(model -> model.output().at(-1).logSoftmax(-1));
    Seen all = run(model -> model.output().mul(1).at(-1).logSoftmax(-1));
    assertThat(positions(last)).containsExactly(1L);
    assertThat(positions(all)).containsExactly(3L, 6L);
    assertClose(last.first(), all.first());
    assertClose(last.second(), all.second());
  }

  /** Anything else that looks at logits, or changes them, has them all. */
  @Test
  void whoeverWantsMoreHasAll() {
    List<Function<Gpt2, Value<?>>> more =
        List.of(
            model -> model.output(),
            model -> model.output().get(":, -2"),
            model -> model.output().get(":, -2:"),
            model -> model.output().get(":, 0"),
            model -> model.output().at(0),
            model -> model.output().at(-2),
            model -> sum(model.output().get(":, -1"), model.output().sum()),
            model -> sum(model.output().get(":, -1"), model.lmHead().output().mean()),
            model -> sum(model.output().get(":, -1"), model.lmHead().input().mean()),
            model -> {
              model.lmHead().output().get(":, 0").set(1.0);
              return model.output().get(":, -1");
            });
    for (int i = 0; i < more.size(); i++) {
      Seen seen = run(more.get(i));
      assertWithMessage("%s", i)
          .that(positions(seen).stream().filter(count -> count > 1).count())
          .isAtLeast(1);
      assertWithMessage("%s", i).that(positions(seen)).doesNotContain(1L);
    }
  }

  private static Value<?> sum(Value<Gpt2.Vocab> logits, Value<Axis> other) {
    return logits.as(Axis.class).add(other);
  }

  @Test
  void patchedCellsOfOneTrace() {
    long[][] rows = new long[4][];
    Arrays.fill(rows, LONG);
    float[][] found = new float[rows.length][];
    try (Generator<Gpt2> generator = GPT2.trace()) {
      List<Saved<?>> saved = new java.util.ArrayList<>();
      for (int cell = 0; cell < rows.length; cell++) {
        try (Invoker<Gpt2> invoker = generator.invoke(LONG)) {
          Gpt2 model = invoker.model();
          model.transformer().h(cell % 2).output(0).get(":, " + cell).set(0.5);
          saved.add(model.output().get(":, -1").save());
        }
      }
      generator.run();
      for (int cell = 0; cell < rows.length; cell++) {
        found[cell] = saved.get(cell).value().toFloatArray();
      }
    }
    for (int cell = 0; cell < rows.length; cell++) {
      int place = cell;
      Tensor alone;
      try (Generator<Gpt2> generator = GPT2.trace()) {
        Saved<?> saved;
        try (Invoker<Gpt2> invoker = generator.invoke(LONG)) {
          Gpt2 model = invoker.model();
          model.transformer().h(place % 2).output(0).get(":, " + place).set(0.5);
          saved = model.output().mul(1).get(":, -1").save();
        }
        generator.run();
        alone = saved.value();
      }
      assertClose(Tensor.of(found[cell], alone.shape()), alone);
    }
  }

  /** The tokens of a generation do not depend on whether their logits are read. */
  @Test
  void ofAGeneration() {
    try (Generator<Gpt2> generator =
        GPT2.generate(org.nnsight4j.Options.maxNewTokens(3).eosTokenId())) {
      Saved<?> saved =
          generator.invoke(
              LONG, invoker -> invoker.step(0).output().get(":, -1").argMax(-1).save());
      generator.run();
      assertThat(saved.value().toLongArray()[0]).isEqualTo(generator.output().newIds(0)[0]);
    }
  }

  /** The gradient is taken of the same numbers. */
  @Test
  void gradientsOfALogit() {
    Function<Boolean, Tensor> gradient =
        all -> {
          try (Generator<Gpt2> generator = GPT2.trace()) {
            Saved<?> saved =
                generator.invoke(
                    LONG,
                    invoker -> {
                      Gpt2 model = invoker.model();
                      Value<?> hidden = model.transformer().h(1).output(0);
                      Value<?> logits = all ? model.output().mul(1) : model.output();
                      return hidden.gradient(logits.get("0, -1, 42")).save();
                    });
            generator.run();
            return saved.value();
          }
        };
    assertClose(gradient.apply(false), gradient.apply(true));
  }
}
