package org.nnsight4j.models.gpt2.nnsight;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.models.gpt2.nnsight.Suite.GPT2;
import static org.nnsight4j.models.gpt2.nnsight.Suite.MSG;
import static org.nnsight4j.models.gpt2.nnsight.Suite.exactly;
import static org.nnsight4j.models.gpt2.nnsight.Suite.generate;
import static org.nnsight4j.models.gpt2.nnsight.Suite.hidden;
import static org.nnsight4j.models.gpt2.nnsight.Suite.isZero;
import static org.nnsight4j.models.gpt2.nnsight.Suite.near;
import static org.nnsight4j.models.gpt2.nnsight.Suite.text;
import static org.nnsight4j.models.gpt2.nnsight.Suite.token;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Cache;
import org.nnsight4j.CacheOptions;
import org.nnsight4j.Edit;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Options;
import org.nnsight4j.Scan;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** One part of the intervention language inside another. */
final class CombinationsTest {
  private static final String SHORT = "Paris";

  @Test
  void aLoopInsideABranch() {
    for (boolean taken : new boolean[] {true, false}) {
      Saved<Hidden> found =
          generate(
                  3,
                  i -> {
                    Value<?> condition = hidden(i.model(), 0).norm().gt(taken ? 0 : 1e9);
                    condition.cond(
                        () -> i.steps(0, 2).forEach(model -> hidden(model, 1).at(-1).set(0)));
                    return i.allSteps().each(model -> hidden(model, 1).at(-1).save());
                  })
              .recorded();
      assertThat(found.values().stream().map(Suite::isZero))
          .containsExactly(taken, taken, false)
          .inOrder();
    }
  }

  /** Each row's own last token, whatever the others' lengths. */
  @Test
  void anEditAtATokenOfUnequalRows() {
    Edit edit = GPT2.edit(i -> hidden(i.model(), 1).at(-1).set(0));
    try (LanguageModel<Gpt2> edited = GPT2.with(edit)) {
      Generator<Gpt2> generator = edited.generate(exactly(2));
      List<Saved<Hidden>> found =
          List.of(
              generator.invoke(MSG, i -> hidden(i.model(), 1).save()),
              generator.invoke(SHORT, i -> hidden(i.model(), 1).save()),
              generator.invoke(MSG, i -> hidden(i.next(), 1).save()));
      generator.close();
      assertThat(found.get(0).value().get(0, 8, 3)).isEqualTo(0);
      assertThat(found.get(0).value().get(0, 7, 3)).isNotEqualTo(0);
      int last = (int) found.get(1).value().shape(1) - 1;
      assertThat(found.get(1).value().get(0, last, 3)).isEqualTo(0);
      assertThat(isZero(found.get(2).value())).isTrue();
    }
  }

  @Test
  void stepsAndEditsUnderBeamSearch() {
    GenerateOptions beams = exactly(4).numBeams(3);
    Generator<Gpt2> plain = GPT2.generate(beams);
    plain.invoke(MSG, i -> 1);
    plain.close();
    Edit same = GPT2.edit(i -> hidden(i.model(), 1).set(hidden(i.model(), 1).mul(2).div(2)));
    try (LanguageModel<Gpt2> edited = GPT2.with(same)) {
      Generator<Gpt2> generator = edited.generate(beams);
      Saved<Hidden> found =
          generator.invoke(
              MSG,
              i -> {
                i.allSteps().forEach(model -> hidden(model, 2).set(hidden(model, 2).mul(1)));
                return i.allSteps().each(model -> hidden(model, 1).save());
              });
      generator.close();
      assertThat(generator.output().newIds()).isEqualTo(plain.output().newIds());
      assertThat(found.values().stream().map(tensor -> tensor.shape(0)))
          .containsExactly(1L, 3L, 3L, 3L)
          .inOrder();
    }
  }

  @Test
  void stepsWithoutACacheOfKeysAndValues() {
    List<Saved<Hidden>> found = new ArrayList<>();
    for (boolean cache : new boolean[] {true, false}) {
      Generator<Gpt2> generator = GPT2.generate(exactly(4).useCache(cache));
      found.add(
          generator.invoke(
              MSG,
              i -> {
                i.steps(1, 3).forEach(model -> hidden(model, 2).at(-1).set(0));
                return i.allSteps().each(model -> hidden(model, 1).at(-1).save());
              }));
      generator.close();
    }
    assertThat(found.get(0).steps()).containsExactly(0, 1, 2, 3).inOrder();
    for (int step = 0; step < 3; step++) {
      assertThat(near(found.get(0).at(step).orElseThrow(), found.get(1).at(step).orElseThrow()))
          .isTrue();
    }
  }

  /** A row that ends early has no values of its own after that; the others go on. */
  @Test
  void aRowThatEndsEarly() {
    long york = generate(2, i -> 0).generator().output().newIds(0)[1];
    Generator<Gpt2> generator = GPT2.generate(Options.maxNewTokens(5).eosTokenId(york));
    List<Saved<Axis>> found = new ArrayList<>();
    for (String prompt : new String[] {MSG, Suite.ET}) {
      found.add(generator.invoke(prompt, i -> i.allSteps().each(model -> token(model).save())));
    }
    Saved<Hidden> all = generator.invoke(i -> i.allSteps().each(model -> hidden(model, 1).save()));
    generator.close();
    assertThat(found.get(1).steps()).hasSize(generator.output().newIds(1).length);
    assertThat(text(found.get(1))).isEqualTo(generator.output().newText(1));
    assertThat(text(found.get(0).values().subList(0, 2))).isEqualTo(" New York");
    assertThat(all.steps()).isEqualTo(found.get(1).steps());
  }

  @Test
  void gradientsInALoop() {
    Saved<Hidden> loop =
        generate(
                3,
                i ->
                    i.allSteps()
                        .each(
                            model ->
                                hidden(model, 1)
                                    .gradient(model.output().at(-1).get("0, 7"))
                                    .save()))
            .recorded();
    for (int step = 0; step < 3; step++) {
      int at = step;
      Saved<Hidden> alone =
          generate(
                  3,
                  i -> {
                    Gpt2 model = i.step(at);
                    return hidden(model, 1).gradient(model.output().at(-1).get("0, 7")).save();
                  })
              .recorded();
      assertThat(near(loop.at(step).orElseThrow(), alone.value())).isTrue();
      assertThat(isZero(alone.value())).isFalse();
    }
  }

  @Test
  void aSessionOfAnEditedModel() {
    Edit edit = GPT2.edit(i -> hidden(i.model(), 1).set(0));
    try (LanguageModel<Gpt2> edited = GPT2.with(edit)) {
      Saved<Hidden> saved =
          edited.session(
              session -> {
                Generator<Gpt2> first = session.trace();
                Value<Hidden> zeros = first.invoke(MSG, i -> hidden(i.model(), 1));
                first.close();
                Generator<Gpt2> second = session.trace();
                Saved<Hidden> kept =
                    second.invoke(
                        MSG,
                        i -> {
                          hidden(i.model(), 2).set(zeros);
                          return hidden(i.model(), 2).save();
                        });
                second.close();
                return kept;
              });
      assertThat(isZero(saved.value())).isTrue();
    }
  }

  @Test
  void aCacheOfSomePositionsOfUnequalRows() {
    Generator<Gpt2> generator = GPT2.generate(exactly(3));
    List<Cache<Gpt2>> caches = new ArrayList<>();
    List<Saved<Hidden>> direct = new ArrayList<>();
    for (String prompt : new String[] {MSG, SHORT}) {
      generator.invoke(
          prompt,
          i -> {
            caches.add(i.cache(CacheOptions.paths("transformer.h.1").positions(0, -1).allSteps()));
            return direct.add(i.allSteps().each(model -> hidden(model, 1).save()));
          });
    }
    generator.close();
    for (int row = 0; row < 2; row++) {
      Saved<Hidden> kept = caches.get(row).get(model -> hidden(model, 1));
      Tensor whole = direct.get(row).at(0).orElseThrow();
      int last = (int) whole.shape(1) - 1;
      assertThat(kept.at(0).orElseThrow().shape()).isEqualTo(new long[] {1, 2, 128});
      assertThat(kept.at(0).orElseThrow().get(0, 0, 5)).isEqualTo(whole.get(0, 0, 5));
      assertThat(kept.at(0).orElseThrow().get(0, 1, 5)).isEqualTo(whole.get(0, last, 5));
      assertThat(kept.values()).hasSize(3);
    }
  }

  @Test
  void javaInABranchThatIsNotTaken() {
    List<Tensor> seen = new ArrayList<>();
    generate(
        3,
        i -> {
          i.allSteps()
              .forEach((model, step) -> step.eq(1).cond(() -> hidden(model, 0).peek(seen::add)));
          return i;
        });
    assertThat(seen).hasSize(1);
    assertThat(seen.get(0).shape()).isEqualTo(new long[] {1, 1, 128});
  }

  /** What a loop hands on can be computed with; without a step it is the initial value. */
  @Test
  void whatALoopHandsOn() {
    Saved<Hidden> found =
        generate(
                3,
                i -> {
                  Value<Hidden> zero = hidden(i.model(), 0).at(-1).mul(0);
                  return i.steps(0, 3)
                      .fold(zero, (model, sum) -> sum.add(hidden(model, 0).at(-1)))
                      .div(3)
                      .save();
                })
            .recorded();
    Saved<Hidden> each =
        generate(3, i -> i.allSteps().each(model -> hidden(model, 0).at(-1).save())).recorded();
    double mean = each.values().stream().mapToDouble(t -> t.get(0, 9)).average().orElseThrow();
    assertThat(found.value().get(0, 9)).isWithin(1e-5).of(mean);
    long first = generate(1, i -> 0).generator().output().newIds(0)[0];
    Generator<Gpt2> generator = GPT2.generate(Options.maxNewTokens(5).eosTokenId(first));
    Saved<Hidden> none =
        generator.invoke(
            MSG,
            i ->
                i.steps(3, 5).fold(hidden(i.model(), 0).at(-1), (model, sum) -> sum.mul(0)).save());
    generator.close();
    assertThat(none.value()).isEqualTo(each.at(0).orElseThrow());
  }

  @Test
  void aScanOfLoopsAndBranches() {
    Scan<Saved<Hidden>> scan =
        GPT2.scan(
            exactly(4),
            generator ->
                generator.invoke(
                    MSG,
                    i ->
                        i.steps(2, 4)
                            .each(
                                model -> {
                                  hidden(model, 0).norm().gt(0).cond(() -> hidden(model, 1).set(0));
                                  return hidden(model, 1).save();
                                })));
    assertThat(scan.of(scan.result()).dims().get(1).size()).isEqualTo(1);
    assertThat(scan.of(scan.result()).dims().get(-1).size()).isEqualTo(128);
  }

  /** A skip, an edit at its output and a loop of another invoker, all at one step. */
  @Test
  void aSkipThatIsWrittenOver() {
    Saved<Hidden> found =
        generate(
                3,
                i -> {
                  i.steps(1, 2)
                      .forEach(
                          model -> {
                            Gpt2.Block block = model.transformer().h(2);
                            block.skip(block.input());
                            block.output(0).set(block.output(0).mul(0).add(4));
                          });
                  return i.allSteps().each(model -> hidden(model, 2).save());
                })
            .recorded();
    assertThat(found.at(1).orElseThrow().get(0, 0, 9)).isEqualTo(4);
    assertThat(found.at(0).orElseThrow().get(0, 0, 9)).isNotEqualTo(4);
    assertThat(found.at(2).orElseThrow().get(0, 0, 9)).isNotEqualTo(4);
  }
}
