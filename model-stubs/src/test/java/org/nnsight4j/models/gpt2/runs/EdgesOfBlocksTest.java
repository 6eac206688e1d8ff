package org.nnsight4j.models.gpt2.runs;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.BiConsumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.Edit;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Receipt;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * Runs that read, write, skip and stop at the edges of blocks give the same numbers and receipts
 * whether blocks run as kernels or in steps.
 */
final class EdgesOfBlocksTest {
  private static final String PROPERTY = "nnsight4j.blocks";
  private static final int LAYERS = 4;
  private static final long[] SHORT = {7, 2};

  @AfterEach
  void fusedAgain() {
    System.clearProperty(PROPERTY);
  }

  /** Records in one or two invokers, and adds what it saves. */
  private interface Body extends BiConsumer<List<Invoker<Gpt2>>, List<Saved<?>>> {}

  private static Value<Hidden> after(Gpt2 model, int layer) {
    return model.transformer().h(layer).output(0);
  }

  private static Value<Hidden> before(Gpt2 model, int layer) {
    return model.transformer().h(layer).input();
  }

  private static Body one(BiConsumer<Invoker<Gpt2>, List<Saved<?>>> body) {
    return (invokers, saved) -> body.accept(invokers.get(0), saved);
  }

  private static final Map<String, Body> TRACES =
      new TreeMap<>(
          Map.of(
              "reads of all outputs and inputs",
              one(
                  (invoker, saved) -> {
                    for (int layer = 0; layer < LAYERS; layer++) {
                      saved.add(before(invoker.model(), layer).save());
                      saved.add(after(invoker.model(), layer).save());
                    }
                  }),
              "a read that ends the pass",
              one((invoker, saved) -> saved.add(after(invoker.model(), 1).save())),
              "a read of an input that ends the pass",
              one((invoker, saved) -> saved.add(before(invoker.model(), 2).save())),
              "writes at an input and at an output",
              one(
                  (invoker, saved) -> {
                    Gpt2 model = invoker.model();
                    before(model, 1).set(before(model, 1).mul(0.5));
                    after(model, 2).at(-1).set(after(model, 0).at(-1));
                    saved.add(after(model, 1).save());
                    saved.add(after(model, 3).save());
                    saved.add(model.output().save());
                  }),
              "a skip of a block",
              one(
                  (invoker, saved) -> {
                    Gpt2 model = invoker.model();
                    model.transformer().h(1).skip(after(model, 0));
                    saved.add(after(model, 1).save());
                    saved.add(model.output().save());
                  }),
              "a skip by one row of two, and a write by the other",
              (invokers, saved) -> {
                Gpt2 model = invokers.get(0).model();
                model.transformer().h(1).skip(after(model, 0));
                saved.add(model.output().save());
                Gpt2 other = invokers.get(invokers.size() - 1).model();
                after(other, 2).set(after(other, 2).mul(2));
                saved.add(after(other, 3).save());
                saved.add(other.output().save());
              },
              "a stop where a norm is large",
              one(
                  (invoker, saved) -> {
                    Gpt2 model = invoker.model();
                    saved.add(after(model, 0).norm().save());
                    after(model, 1).norm().gt(0).cond(() -> saved.add(after(model, 2).save()));
                    invoker.stop();
                  }),
              "a gradient",
              one(
                  (invoker, saved) -> {
                    Gpt2 model = invoker.model();
                    Value<Axis> loss = after(model, 3).mul(after(model, 3)).sum();
                    saved.add(after(model, 1).gradient(loss).save());
                  }),
              "a block applied to what another gave",
              one(
                  (invoker, saved) -> {
                    Gpt2 model = invoker.model();
                    saved.add(
                        model
                            .lmHead()
                            .apply(model.transformer().lnF().apply(after(model, 1)))
                            .save());
                    saved.add(after(model, 2).save());
                  })));

  private static final Map<String, Body> GENERATIONS =
      new TreeMap<>(
          Map.of(
              "reads at each step",
              one(
                  (invoker, saved) ->
                      saved.add(invoker.allSteps().each(model -> after(model, 1).save()))),
              "a write at a step, and reads after it",
              one(
                  (invoker, saved) -> {
                    invoker.step(1);
                    after(invoker.model(), 1).set(after(invoker.model(), 1).mul(3));
                    invoker.step(0);
                    saved.add(invoker.allSteps().each(model -> model.output().at(-1).save()));
                  }),
              "a skip at a step",
              one(
                  (invoker, saved) -> {
                    invoker.step(1);
                    Gpt2 model = invoker.model();
                    model.transformer().h(2).skip(after(model, 1));
                    invoker.step(0);
                    saved.add(invoker.allSteps().each(each -> each.output().at(-1).save()));
                  }),
              "a stop at a step",
              one(
                  (invoker, saved) -> {
                    saved.add(invoker.steps(0, 2).each(model -> after(model, 2).save()));
                    invoker.stop();
                  })));

  @TestFactory
  Stream<DynamicTest> tracesAreTheSame() {
    return TRACES.entrySet().stream()
        .map(
            each ->
                DynamicTest.dynamicTest(each.getKey(), () -> compare(GPT2, each.getValue(), 0)));
  }

  @TestFactory
  Stream<DynamicTest> generationsAreTheSame() {
    return GENERATIONS.entrySet().stream()
        .map(
            each ->
                DynamicTest.dynamicTest(each.getKey(), () -> compare(GPT2, each.getValue(), 4)));
  }

  @TestFactory
  Stream<DynamicTest> soAreRunsOfAnEditedModel() {
    Edit edit =
        GPT2.edit(invoker -> after(invoker.model(), 1).set(after(invoker.model(), 1).mul(0.5)));
    return Stream.of(TRACES.entrySet(), GENERATIONS.entrySet())
        .flatMap(bodies -> bodies.stream().limit(2))
        .map(
            each ->
                DynamicTest.dynamicTest(
                    each.getKey(),
                    () -> {
                      try (LanguageModel<Gpt2> edited = GPT2.with(edit)) {
                        int tokens = TRACES.containsKey(each.getKey()) ? 0 : 4;
                        compare(edited, each.getValue(), tokens);
                      }
                    }));
  }

  private static void compare(LanguageModel<Gpt2> model, Body body, int tokens) {
    for (long[][] rows : List.of(new long[][] {IDS}, new long[][] {IDS, SHORT})) {
      List<Object> steps = run(model, "steps", rows, body, tokens);
      List<Object> fused = run(model, "fused", rows, body, tokens);
      assertThat(steps.size()).isAtLeast(2);
      assertThat(fused).isEqualTo(steps);
    }
  }

  private static List<Object> run(
      LanguageModel<Gpt2> model, String form, long[][] rows, Body body, int tokens) {
    System.setProperty(PROPERTY, form);
    List<Saved<?>> saved = new ArrayList<>();
    try (Generator<Gpt2> generator =
        tokens == 0 ? model.trace() : model.generate(maxNewTokens(tokens).eosTokenId())) {
      List<Invoker<Gpt2>> invokers = new ArrayList<>();
      for (long[] row : rows) {
        invokers.add(generator.invoke(row));
      }
      body.accept(invokers, saved);
      generator.run();
      List<Object> given = new ArrayList<>();
      saved.forEach(each -> given.add(values(each, tokens)));
      Receipt receipt = generator.receipt();
      given.add(receipt.entries());
      given.add(receipt.warnings());
      given.add(receipt.stoppedAt());
      return given;
    }
  }

  /** What was saved; in a generation, at each step. */
  private static Object values(Saved<?> saved, int tokens) {
    if (!saved.isPresent()) {
      return "nothing";
    }
    return tokens == 0 ? saved.value() : saved.values();
  }
}
