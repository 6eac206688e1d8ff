package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;
import static org.nnsight4j.models.gpt2.Probe.assertClose;
import static org.nnsight4j.models.gpt2.Probe.logits;
import static org.nnsight4j.models.gpt2.Probe.trace;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.Generator;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Receipt;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Writes have the effect that they say, on their own rows and tokens, and no other. */
final class InterventionTest {
  private static final long[] SHORT = {7, 3};
  private static final long[] LONG = {11, 50, 2, 900, 41, 8, 77};

  /** A site of the model. */
  private record Site(String name, Function<Gpt2, Value<?>> of) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Site> sites() {
    return Stream.of(
        new Site("wte.output", model -> model.transformer().wte().output()),
        new Site("wpe.output", model -> model.transformer().wpe().output()),
        new Site("drop.input", model -> model.transformer().drop().input()),
        new Site("drop.output", model -> model.transformer().drop().output()),
        new Site("h.input", model -> block(model).input()),
        new Site("h.output", model -> block(model).output(0)),
        new Site("ln_1.input", model -> block(model).ln1().input()),
        new Site("ln_1.output", model -> block(model).ln1().output()),
        new Site("attn.input", model -> block(model).attn().input()),
        new Site("c_attn.input", model -> block(model).attn().cAttn().input()),
        new Site("c_attn.output", model -> block(model).attn().cAttn().output()),
        new Site("q", model -> block(model).attn().q().output()),
        new Site("k", model -> block(model).attn().k().output()),
        new Site("v", model -> block(model).attn().v().output()),
        new Site("scores", model -> block(model).attn().scores().output()),
        new Site("pattern", model -> block(model).attn().pattern().output()),
        new Site("z", model -> block(model).attn().z().output()),
        new Site("attn.c_proj.input", model -> block(model).attn().cProj().input()),
        new Site("attn.c_proj.output", model -> block(model).attn().cProj().output()),
        new Site("resid_dropout.input", model -> block(model).attn().residDropout().input()),
        new Site("resid_dropout.output", model -> block(model).attn().residDropout().output()),
        new Site("attn.output", model -> block(model).attn().output(0)),
        new Site("ln_2.input", model -> block(model).ln2().input()),
        new Site("ln_2.output", model -> block(model).ln2().output()),
        new Site("mlp.input", model -> block(model).mlp().input()),
        new Site("c_fc.input", model -> block(model).mlp().cFc().input()),
        new Site("c_fc.output", model -> block(model).mlp().cFc().output()),
        new Site("act.input", model -> block(model).mlp().act().input()),
        new Site("act.output", model -> block(model).mlp().act().output()),
        new Site("mlp.c_proj.input", model -> block(model).mlp().cProj().input()),
        new Site("mlp.c_proj.output", model -> block(model).mlp().cProj().output()),
        new Site("dropout.input", model -> block(model).mlp().dropout().input()),
        new Site("dropout.output", model -> block(model).mlp().dropout().output()),
        new Site("mlp.output", model -> block(model).mlp().output()),
        new Site("ln_f.input", model -> model.transformer().lnF().input()),
        new Site("ln_f.output", model -> model.transformer().lnF().output()),
        new Site("transformer.output", model -> model.transformer().output()),
        new Site("lm_head.input", model -> model.lmHead().input()),
        new Site("lm_head.output", model -> model.lmHead().output()),
        new Site("output", Gpt2::output));
  }

  private static Gpt2.Block block(Gpt2 model) {
    return model.transformer().h(1);
  }

  @ParameterizedTest
  @MethodSource("sites")
  void writeChangesTheLogits(Site site) {
    assertThat(written(model -> half(site.of().apply(model)))).isNotEqualTo(logits());
  }

  @ParameterizedTest
  @MethodSource("sites")
  void writeOfTheOwnValueChangesNothingAndIsWarnedAbout(Site site) {
    List<Saved<Vocab>> saved = new ArrayList<>();
    Receipt receipt;
    try (Generator<Gpt2> generator = GPT2.trace()) {
      generator.invoke(
          IDS,
          invoker -> {
            Value<?> value = site.of().apply(invoker.model());
            set(value, value);
            return saved.add(invoker.model().output().save());
          });
      generator.run();
      receipt = generator.receipt();
    }
    // Reading inside attention takes another kernel, so compare with a run that reads, too.
    Tensor plain = written(model -> site.of().apply(model).save());
    assertThat(saved.get(0).value()).isEqualTo(plain);
    assertThat(receipt.warnings()).hasSize(1);
    assertThat(receipt.warnings().get(0)).contains("changed nothing");
    assertThat(receipt.warnings().get(0)).contains("InterventionTest.java");
  }

  @ParameterizedTest
  @MethodSource("sites")
  void paddedBatchOfInvokersEqualsItsSingleRuns(Site site) {
    Consumer<Gpt2> intervention = model -> half(site.of().apply(model));
    List<long[]> prompts = List.of(LONG, SHORT, IDS);
    List<Tensor> together = together(prompts, intervention);
    for (int i = 0; i < prompts.size(); i++) {
      Tensor single = together(List.of(prompts.get(i)), intervention).get(0);
      assertClose("invoker " + i, together.get(i), single, 1e-5);
    }
  }

  @ParameterizedTest
  @MethodSource("sites")
  void writeAffectsOnlyItsOwnInvoker(Site site) {
    List<Tensor> plain = together(List.of(SHORT, LONG), model -> {});
    List<Saved<Vocab>> saved = new ArrayList<>();
    try (Generator<Gpt2> generator = GPT2.trace()) {
      generator.invoke(SHORT, invoker -> saved.add(invoker.model().output().save()));
      generator.invoke(
          LONG,
          invoker -> {
            half(site.of().apply(invoker.model()));
            return saved.add(invoker.model().output().save());
          });
    }
    assertClose("other invoker", saved.get(0).value(), plain.get(0), 1e-5);
    assertThat(saved.get(1).value()).isNotEqualTo(plain.get(1));
  }

  @ParameterizedTest
  @ValueSource(strings = {"0, -1", "..., 3", ":, 1:4:2, 5:", "0"})
  void partialWriteTouchesOnlyItsPart(String index) {
    record Two(Saved<Hidden> before, Saved<Hidden> after, Saved<Hidden> part) {}
    Two found =
        trace(
            model -> {
              Value<Hidden> hidden = block(model).output(0);
              Saved<Hidden> before = hidden.save();
              hidden.get(index).set(9);
              Value<Hidden> after = block(model).output(0);
              return new Two(before, after.save(), after.get(index).save());
            });
    int nines = found.part().value().size();
    for (int i = 0; i < nines; i++) {
      assertThat(found.part().value().at(i)).isEqualTo(9.0);
    }
    int changed = 0;
    for (int i = 0; i < found.after().value().size(); i++) {
      changed += found.after().value().at(i) != found.before().value().at(i) ? 1 : 0;
    }
    assertThat(changed).isEqualTo(nines);
  }

  @Test
  void nestedPartOfATokenTouchesOnlyItsTokens() {
    long[][] rows = {SHORT, LONG, IDS};
    record Two(Saved<Hidden> before, Saved<Hidden> after) {}
    Two found =
        trace(
            rows,
            model -> {
              Saved<Hidden> before = block(model).output(0).save();
              block(model).output(0).at(0).get(":, 2:4").set(Probe.floats(8, 9));
              return new Two(before, block(model).output(0).save());
            });
    for (int row = 0; row < rows.length; row++) {
      for (int position = 0; position < LONG.length; position++) {
        boolean first = position == LONG.length - rows[row].length;
        for (int i = 0; i < 128; i++) {
          double expected =
              first && (i == 2 || i == 3) ? i + 6 : found.before().value().get(row, position, i);
          assertWithMessage("%s, %s, %s", row, position, i)
              .that(found.after().value().get(row, position, i))
              .isEqualTo(expected);
        }
      }
    }
  }

  @Test
  void readKeepsWhatItSawAndLaterReadsSeeTheWrite() {
    record Reads(Saved<Hidden> first, Saved<Hidden> second, Saved<Hidden> third) {}
    Reads found =
        trace(
            model -> {
              Value<Hidden> first = block(model).output(0);
              first.set(first.mul(2));
              Value<Hidden> second = block(model).output(0);
              second.set(second.add(first));
              return new Reads(first.save(), second.save(), block(model).output(0).save());
            });
    for (int i = 0; i < found.first().value().size(); i++) {
      double one = found.first().value().at(i);
      assertThat(found.second().value().at(i)).isEqualTo(2 * one);
      assertThat(found.third().value().at(i)).isEqualTo((double) (float) (2 * one + one));
    }
  }

  @Test
  void valueFlowsBetweenInvokersOfUnequalLength() {
    List<Tensor> results = new ArrayList<>();
    try (Generator<Gpt2> generator = GPT2.trace()) {
      Value<Hidden> source =
          generator.invoke(LONG, invoker -> block(invoker.model()).output(0).at(-1));
      Saved<Hidden> sent = source.save();
      Saved<Hidden> received =
          generator.invoke(
              SHORT,
              invoker -> {
                block(invoker.model()).output(0).at(0).set(source);
                return block(invoker.model()).output(0).at(0).save();
              });
      generator.run();
      results.add(sent.value());
      results.add(received.value());
    }
    assertThat(results.get(1)).isEqualTo(results.get(0));
  }

  @Test
  void writeChangesTheTokensThatAreGenerated() {
    List<Long> forced = new ArrayList<>();
    for (long token : new long[] {42, 1000}) {
      try (Generator<Gpt2> generator = GPT2.generate(maxNewTokens(3).eosTokenId())) {
        generator.invoke(
            LONG,
            invoker -> {
              invoker.model().output().at(-1).get(":, " + token).set(1e4);
              return token;
            });
        generator.run();
        forced.add(generator.output().newIds(0)[0]);
        assertThat(generator.output().newIds(0)).hasLength(3);
      }
    }
    assertThat(forced).containsExactly(42L, 1000L).inOrder();
  }

  /** Logits of the usual prompt, after something was recorded. */
  private static Tensor written(Consumer<Gpt2> intervention) {
    return together(List.of(IDS), intervention).get(0);
  }

  /** Logits of each prompt, as invokers of one run, after the same was recorded on each. */
  private static List<Tensor> together(List<long[]> prompts, Consumer<Gpt2> intervention) {
    List<Saved<Vocab>> saved = new ArrayList<>();
    try (Generator<Gpt2> generator = GPT2.trace()) {
      for (long[] prompt : prompts) {
        generator.invoke(
            prompt,
            invoker -> {
              intervention.accept(invoker.model());
              return saved.add(invoker.model().output().save());
            });
      }
    }
    return saved.stream().map(Saved::value).toList();
  }

  private static void half(Value<?> value) {
    set(value, value.mul(0.5));
  }

  @SuppressWarnings("unchecked")
  private static void set(Value<?> value, Value<?> written) {
    ((Value<Hidden>) value).set((Value<Hidden>) written);
  }
}
