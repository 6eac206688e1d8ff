package org.nnsight4j.models.gpt2.generation;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.assertClose;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.function.Function;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Prepared;
import org.nnsight4j.Results;
import org.nnsight4j.Session;
import org.nnsight4j.attach.LoraAdapter;
import org.nnsight4j.attach.LoraPair;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.models.gpt2.Gpt2Model;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** A model with an adapter is the model whose weights have it, whatever kind of run it is. */
final class MergedModelTest {
  private static final Path ADAPTERS = Path.of("src/test/resources/fixtures/adapters");
  private static final LoraAdapter ADAPTER = LoraAdapter.load(ADAPTERS.resolve("patterns"));
  private static final long[] IDS = {5, 17, 23, 99, 4, 301};
  private static final long[] OTHERS = {7, 8, 900, 12};
  private static final double TOLERANCE = 1e-4;

  @TempDir static Path directory;
  private static LanguageModel<Gpt2> merged;

  @BeforeAll
  static void merge() throws IOException {
    for (String file : List.of("config.json", "generation_config.json", "tokenizer.json")) {
      Files.copy(EmbeddedGpt2.directory().resolve(file), directory.resolve(file));
    }
    Map<String, Tensor> weights =
        new TreeMap<>(Safetensors.read(EmbeddedGpt2.directory().resolve("model.safetensors")));
    ADAPTER
        .pairs()
        .forEach(
            (module, pair) ->
                weights.compute(module + ".weight", (name, weight) -> sum(weight, pair)));
    Safetensors.write(directory.resolve("model.safetensors"), weights, Map.of());
    merged = LanguageModel.open(new Gpt2Model(), directory);
  }

  @AfterAll
  static void close() {
    merged.close();
  }

  /** Conv1D's weight is {@code [in, out]}. */
  private static Tensor sum(Tensor weight, LoraPair pair) {
    int in = (int) weight.shape(0);
    int out = (int) weight.shape(1);
    int rank = (int) pair.a().shape(0);
    float[] all = weight.toFloatArray();
    float[] a = pair.a().toFloatArray();
    float[] b = pair.b().toFloatArray();
    for (int i = 0; i < in; i++) {
      for (int o = 0; o < out; o++) {
        double update = 0;
        for (int r = 0; r < rank; r++) {
          update += (double) a[r * in + i] * b[o * rank + r];
        }
        all[i * out + o] += (float) (update * pair.scale());
      }
    }
    return Tensor.of(all, in, out);
  }

  private static Value<Hidden> hidden(Gpt2 model, int layer) {
    return model.transformer().h(layer).output(0);
  }

  /** A run of the embedded model with the adapter, and the same of the merged one. */
  private static void same(
      GenerateOptions options, Function<Invoker<Gpt2>, List<Saved<?>>> body, long[]... rows) {
    Generator<Gpt2> expected = merged.generate(options);
    List<Saved<?>> wanted = expected.invoke(rows, body::apply);
    expected.close();
    Generator<Gpt2> adapted = GPT2.generate(options);
    List<Saved<?>> found =
        adapted.invoke(
            rows,
            invoker -> {
              invoker.add(ADAPTER);
              return body.apply(invoker);
            });
    adapted.close();
    assertThat(adapted.output().newIds()).isEqualTo(expected.output().newIds());
    for (int i = 0; i < wanted.size(); i++) {
      List<Tensor> steps = wanted.get(i).values();
      assertThat(found.get(i).values()).hasSize(steps.size());
      for (int step = 0; step < steps.size(); step++) {
        assertClose("step " + step, found.get(i).values().get(step), steps.get(step), TOLERANCE);
      }
    }
  }

  private static GenerateOptions tokens(int count) {
    return maxNewTokens(count).minNewTokens(count);
  }

  private static List<Saved<?>> everyLayer(Invoker<Gpt2> invoker) {
    return List.of(
        invoker.allSteps().each(model -> hidden(model, 0).save()),
        invoker.allSteps().each(model -> model.transformer().h(2).attn().pattern().output().save()),
        invoker.allSteps().each(model -> model.output().at(-1).save()));
  }

  @Test
  void greedy() {
    same(tokens(10), MergedModelTest::everyLayer, IDS);
    same(tokens(6), MergedModelTest::everyLayer, IDS, OTHERS);
    same(tokens(4).useCache(false), MergedModelTest::everyLayer, IDS);
  }

  @Test
  void sampled() {
    same(
        tokens(12).doSample().topK(40).temperature(1.3).seed(11),
        invoker -> List.of(),
        IDS,
        OTHERS);
    same(tokens(8).doSample().seed(12).numReturnSequences(3), invoker -> List.of(), IDS);
  }

  @Test
  void beams() {
    same(tokens(8).numBeams(4).numReturnSequences(2), invoker -> List.of(), IDS);
    same(tokens(8).numBeams(3), invoker -> List.of(), IDS, OTHERS);
    same(tokens(6).numBeams(2).doSample().seed(5), invoker -> List.of(), IDS);
  }

  /** Interventions find the adapted model, also where its layers get other inputs. */
  @Test
  void interventions() {
    same(
        tokens(5),
        invoker -> {
          invoker
              .allSteps()
              .forEach(
                  model -> {
                    Value<Hidden> input = model.transformer().h(1).mlp().cFc().input();
                    input.set(input.mul(0.5));
                    Value<Hidden> output = model.transformer().h(2).mlp().cProj().output();
                    output.set(output.mul(2));
                  });
          return everyLayer(invoker);
        },
        IDS);
    same(
        tokens(4),
        invoker -> {
          Value<Hidden> input = invoker.step(2).transformer().h(0).attn().cAttn().input();
          input.set(input.zerosLike());
          return List.of(hidden(invoker.step(2), 1).save(), hidden(invoker.step(3), 1).save());
        },
        IDS);
  }

  @Test
  void gradients() {
    same(
        tokens(1),
        invoker -> {
          Value<Hidden> early = hidden(invoker.model(), 0);
          Value<Vocab> logits = invoker.model().output().at(-1);
          return List.of(early.gradient(logits.get(":, 5").sum()).save());
        },
        IDS);
  }

  private static Saved<Vocab> last(LanguageModel<Gpt2> model, Consumer<Invoker<Gpt2>> first) {
    Saved<Vocab> saved;
    try (Generator<Gpt2> generator = model.trace();
        Invoker<Gpt2> invoker = generator.invoke(IDS)) {
      first.accept(invoker);
      saved = invoker.model().output().save();
    }
    return saved;
  }

  @Test
  void onePass() {
    assertClose(
        "logits",
        last(GPT2, invoker -> invoker.add(ADAPTER)).value(),
        last(merged, invoker -> {}).value(),
        TOLERANCE);
  }

  @Test
  void forAllRows() {
    Generator<Gpt2> expected = merged.generate(tokens(6));
    expected.invoke(new long[][] {IDS, OTHERS}).close();
    expected.close();
    Generator<Gpt2> adapted = GPT2.generate(tokens(6));
    try (adapted) {
      try (Invoker<Gpt2> all = adapted.invoke()) {
        all.add(ADAPTER);
      }
      adapted.invoke(IDS).close();
      adapted.invoke(OTHERS).close();
    }
    assertThat(adapted.output().newIds()).isEqualTo(expected.output().newIds());
  }

  @Test
  void sessions() {
    Generator<Gpt2> expected = merged.generate(tokens(6));
    Saved<Hidden> wanted =
        expected.invoke(IDS, i -> i.allSteps().each(model -> hidden(model, 3).save()));
    expected.close();
    Generator<Gpt2> second;
    Saved<Hidden> found;
    try (Session<Gpt2> session = GPT2.session()) {
      Generator<Gpt2> first = session.trace();
      first.invoke(OTHERS, i -> hidden(i.model(), 1).save());
      first.close();
      second = session.generate(tokens(6));
      found =
          second.invoke(
              IDS,
              i -> {
                i.add(ADAPTER);
                return i.allSteps().each(model -> hidden(model, 3).save());
              });
      second.close();
    }
    assertThat(second.output().newIds()).isEqualTo(expected.output().newIds());
    assertClose("step 4", found.values().get(4), wanted.values().get(4), TOLERANCE);
  }

  @Test
  void preparedRuns() {
    Function<Invoker<Gpt2>, Saved<Vocab>> body =
        invoker -> invoker.allSteps().each(model -> model.output().at(-1).save());
    Prepared<Saved<Vocab>> expected = prepared(merged, body);
    Prepared<Saved<Vocab>> adapted =
        prepared(
            GPT2,
            invoker -> {
              invoker.add(ADAPTER);
              return body.apply(invoker);
            });
    for (String text : List.of("The Eiffel Tower is in the city of", "Hello")) {
      Results wanted = expected.run(text);
      Results found = adapted.run(text);
      List<Tensor> steps = wanted.values(expected.recorded());
      for (int step = 0; step < steps.size(); step++) {
        assertClose(text, found.values(adapted.recorded()).get(step), steps.get(step), TOLERANCE);
      }
    }
  }

  private static Prepared<Saved<Vocab>> prepared(
      LanguageModel<Gpt2> model, Function<Invoker<Gpt2>, Saved<Vocab>> body) {
    return model.prepare(
        tokens(5),
        generator -> {
          try (Invoker<Gpt2> invoker = generator.input()) {
            return body.apply(invoker);
          }
        });
  }

  /** The inner value of an adapter is one of every step, and can be read and written at each. */
  @Test
  void innerValues() {
    String name = "transformer.h.1.mlp.c_fc.lora.hidden";
    Generator<Gpt2> generator = GPT2.generate(tokens(4));
    List<Saved<?>> saved =
        generator.invoke(
            IDS,
            invoker -> {
              invoker.add(ADAPTER);
              Saved<Axis> first = invoker.point(name).save();
              Saved<Axis> each = invoker.allSteps().each(model -> invoker.point(name).save());
              invoker.step(2);
              Saved<Axis> third = invoker.point(name).save();
              return List.of(first, each, third);
            });
    generator.close();
    List<Tensor> each = saved.get(1).values();
    assertThat(each).hasSize(4);
    assertThat(each.get(0).shape()).isEqualTo(new long[] {1, IDS.length, 3});
    assertThat(saved.get(0).value()).isEqualTo(each.get(0));
    assertThat(saved.get(2).value()).isEqualTo(each.get(2));
    assertThat(each.get(2).shape()).isEqualTo(new long[] {1, 1, 3});
  }

  @Test
  void withoutItsInnerValueItDoesNothing() {
    Generator<Gpt2> free = GPT2.generate(tokens(6));
    free.invoke(IDS).close();
    free.close();
    Generator<Gpt2> generator = GPT2.generate(tokens(6));
    try (generator;
        Invoker<Gpt2> invoker = generator.invoke(IDS)) {
      invoker.add(ADAPTER);
      invoker
          .allSteps()
          .forEach(
              model ->
                  ADAPTER.pairs().keySet().forEach(m -> invoker.point(m + ".lora.hidden").set(0)));
    }
    assertThat(generator.output().newIds()).isEqualTo(free.output().newIds());
  }

  @Test
  void inALoopItActsAtTheLoopsSteps() {
    Generator<Gpt2> generator = GPT2.generate(tokens(3));
    Generator<Gpt2> free = GPT2.generate(tokens(3));
    Saved<Vocab> found =
        generator.invoke(
            IDS,
            invoker -> {
              invoker.steps(1, 3).forEach(model -> invoker.add(ADAPTER));
              return invoker.allSteps().each(model -> model.output().at(-1).save());
            });
    Saved<Vocab> plain =
        free.invoke(IDS, i -> i.allSteps().each(model -> model.output().at(-1).save()));
    generator.close();
    free.close();
    assertThat(found.values().get(0)).isEqualTo(plain.values().get(0));
    assertThat(found.values().get(1)).isNotEqualTo(plain.values().get(1));
  }

  private static void refused(Consumer<Invoker<Gpt2>> body, String... words) {
    RecordingException error =
        Probe.refused(
            RecordingException.class,
            () -> {
              try (Generator<Gpt2> generator = GPT2.generate(tokens(4));
                  Invoker<Gpt2> invoker = generator.invoke(IDS)) {
                body.accept(invoker);
              }
            },
            words);
    assertThat(error).hasMessageThat().contains("(at MergedModelTest.java:");
  }

  @Test
  void itComesFirst() {
    refused(
        invoker -> {
          invoker.next();
          invoker.add(ADAPTER);
        },
        "acts at every step, and this invoker is at step 1",
        "in steps(from, to)");
    refused(
        invoker -> {
          invoker.model().transformer().h(1).mlp().cFc().output().save();
          invoker.add(ADAPTER);
        },
        "the output of transformer.h.1.mlp.c_fc was used before (at MergedModelTest.java:",
        "add the adapter first");
    refused(
        invoker -> {
          invoker.model().transformer().h(1).mlp().apply(hidden(invoker.model(), 0)).save();
          invoker.add(ADAPTER);
        },
        "was used before");
    refused(
        invoker -> {
          invoker.add(ADAPTER);
          invoker.model().transformer().h(1).mlp().apply(hidden(invoker.model(), 0));
        },
        "transformer.h.1.mlp is applied to a value, which the adapter",
        "does not act on");
  }

  /** As PEFT with several active adapters: the sum of all. */
  @Test
  void severalAdapters() {
    LoraAdapter other = LoraAdapter.load(ADAPTERS.resolve("plain"));
    Saved<Vocab> both =
        last(
            GPT2,
            invoker -> {
              invoker.add(other);
              invoker.add("second", ADAPTER);
            });
    assertClose(
        "logits", both.value(), last(merged, invoker -> invoker.add(other)).value(), TOLERANCE);
    refused(
        invoker -> {
          invoker.add(other);
          invoker.add(ADAPTER);
        },
        "transformer.h.0.attn.c_attn has an adapter of the name 'lora' in this run already",
        "add(\"name\", adapter)");
  }

  /** What has no adapter inside can be applied, for example to look through it. */
  @Test
  void otherModulesAreApplied() {
    same(
        tokens(2),
        invoker -> {
          Gpt2 model = invoker.model();
          Value<Hidden> normed = model.transformer().lnF().apply(hidden(model, 1));
          return List.of(model.lmHead().apply(normed).at(-1).save());
        },
        IDS);
  }
}
