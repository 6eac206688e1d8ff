package org.nnsight4j.models.gpt2.errors;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;
import static org.nnsight4j.models.gpt2.Probe.here;
import static org.nnsight4j.models.gpt2.Probe.unrecordable;

import java.util.List;
import java.util.function.Consumer;
import org.junit.jupiter.api.Test;
import org.nnsight4j.CacheOptions;
import org.nnsight4j.Invoker;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.values.Value;

/** What can be recorded, but is hardly meant: the receipt or the error says what is. */
final class UnintendedTest {
  private static List<String> warnings(Consumer<Invoker<Gpt2>> body) {
    return GPT2.trace()
        .run(
            generator ->
                generator.invoke(
                    IDS,
                    i -> {
                      body.accept(i);
                      return i.model().output().save();
                    }))
        .receipt()
        .warnings();
  }

  private static Value<Hidden> hidden(Invoker<Gpt2> i) {
    return i.model().transformer().h(1).output(0);
  }

  @Test
  void aResultThatNothingUsesIsAWarning() {
    String[] line = new String[1];
    List<String> found =
        warnings(
            i -> {
              Value<Hidden> h = hidden(i);
              line[0] = here();
              h = h.mul(0);
              assertThat(h.shape().rank()).isEqualTo(3);
            });
    int number = Integer.parseInt(line[0].split(":", -1)[1]) + 1;
    assertThat(found)
        .containsExactly(
            "the result of mul at UnintendedTest.java:"
                + number
                + " is never used: values do not change in place; write it with set(...) where it"
                + " belongs, or save() it");
  }

  @Test
  void unusedModulesAndGradientsToo() {
    assertThat(
            warnings(
                    i -> {
                      Value<?> logits = i.model().lmHead().apply(hidden(i));
                      assertThat(logits.shape().rank()).isEqualTo(3);
                    })
                .toString())
        .contains("the result of lm_head applied at UnintendedTest.java");
    assertThat(
            warnings(
                i -> {
                  Value<Hidden> gradient = hidden(i).gradient(i.model().output().sum());
                  assertThat(gradient.shape().rank()).isEqualTo(3);
                }))
        .hasSize(1);
  }

  @Test
  void whatIsUsedIsNone() {
    assertThat(
            warnings(
                i -> {
                  Value<Hidden> h = hidden(i);
                  Value<Hidden> part = h.get("0, -1");
                  part.set(0);
                  Value<Hidden> token = h.at(0);
                  token.set(token.mul(2));
                  h.sort(-1, true).indices().save();
                  h.peek(tensor -> {});
                }))
        .isEmpty();
  }

  @Test
  void aValueOfALaterSiteNamesTheSession() {
    unrecordable(
        model -> {
          model.transformer().h(0).output(0).set(model.transformer().h(2).output(0));
          return model;
        },
        "depends on a later site (transformer.h.2.output)",
        "A session takes it from an earlier run of the same prompt: model.session(session -> ...)");
  }

  @Test
  void aPatternWithoutAMatchSuggestsTheNearest() {
    for (List<String> each :
        List.of(
            List.of("h.*", "**.h.*"),
            List.of("transformer.h.*.mpl", "transformer.h.*.mlp"),
            List.of("**.atn.pattern", "**.attn.pattern"),
            List.of("blocks.*.mlp", "**.h.*.mlp"))) {
      unrecordable(
          model -> {
            var unused =
                GPT2.trace().run(g -> g.invoke(IDS, i -> i.cache(CacheOptions.paths(each.get(0)))));
            return model;
          },
          "no module matches '" + each.get(0) + "'; the nearest are [",
          each.get(1));
    }
  }
}
