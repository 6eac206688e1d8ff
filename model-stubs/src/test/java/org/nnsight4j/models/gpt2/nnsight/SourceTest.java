package org.nnsight4j.models.gpt2.nnsight;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.models.gpt2.nnsight.Suite.GPT2;
import static org.nnsight4j.models.gpt2.nnsight.Suite.MSG;
import static org.nnsight4j.models.gpt2.nnsight.Suite.generate;
import static org.nnsight4j.models.gpt2.nnsight.Suite.hidden;
import static org.nnsight4j.models.gpt2.nnsight.Suite.isZero;
import static org.nnsight4j.models.gpt2.nnsight.Suite.near;
import static org.nnsight4j.models.gpt2.nnsight.Suite.trace;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Generator;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.HeadDim;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Inner;
import org.nnsight4j.models.gpt2.Gpt2.Key;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * {@code test_source.py} and {@code test_lm.py}: TestSource. What nnsight reaches by {@code
 * .source}, the operations inside attention and MLP, are named sites here.
 */
final class SourceTest {
  private static Gpt2.Attention attn(Gpt2 model, int layer) {
    return model.transformer().h(layer).attn();
  }

  @Test
  void sourceOutput() {
    record Three(Saved<HeadDim> q, Saved<HeadDim> k, Saved<HeadDim> v) {}
    Three found =
        trace(
            i ->
                new Three(
                    attn(i.model(), 0).q().output().save(),
                    attn(i.model(), 0).k().output().save(),
                    attn(i.model(), 0).v().output().save()));
    assertThat(found.q().value().shape()).isEqualTo(new long[] {1, 4, 9, 32});
    assertThat(found.k().value().shape()).isEqualTo(found.v().value().shape());
    assertThat(found.k().value()).isNotEqualTo(found.q().value());
  }

  /** The input of an operation is the site before it. */
  @Test
  void sourceInputs() {
    record Two(Saved<Key> pattern, Saved<Key> computed) {}
    Two found =
        trace(
            i ->
                new Two(
                    attn(i.model(), 0).pattern().output().save(),
                    attn(i.model(), 0).scores().output().softmax(-1).save()));
    assertThat(near(found.pattern().value(), found.computed().value())).isTrue();
  }

  @Test
  void multipleSourceAcrossLayers() {
    List<Saved<HeadDim>> found =
        trace(
            i ->
                List.of(
                    attn(i.model(), 0).z().output().save(),
                    attn(i.model(), 2).z().output().save()));
    assertThat(found.get(0).value().shape()).isEqualTo(found.get(1).value().shape());
    assertThat(found.get(0).value()).isNotEqualTo(found.get(1).value());
  }

  @Test
  void recursiveSource() {
    record Two(Saved<HeadDim> z, Saved<HeadDim> product) {}
    Two found =
        trace(
            i -> {
              Value<Key> pattern = attn(i.model(), 1).pattern().output();
              return new Two(
                  attn(i.model(), 1).z().output().save(),
                  pattern.matMul(attn(i.model(), 1).v().output()).save());
            });
    assertThat(near(found.z().value(), found.product().value())).isTrue();
  }

  @Test
  void sourcePatching() {
    record Two(Saved<HeadDim> before, Saved<HeadDim> after) {}
    Two found =
        trace(
            i -> {
              Saved<HeadDim> before = attn(i.model(), 1).z().output().save();
              attn(i.model(), 1).z().output().set(0);
              return new Two(before, attn(i.model(), 1).z().output().save());
            });
    assertThat(isZero(found.before().value())).isFalse();
    assertThat(isZero(found.after().value())).isTrue();
  }

  @Test
  void sourceDoesNotAffectPlainForward() {
    Saved<Vocab> plain = trace(i -> i.model().output().save());
    Saved<Vocab> watched =
        trace(
            i -> {
              assertThat(attn(i.model(), 1).pattern().output().save()).isNotNull();
              return i.model().output().save();
            });
    assertThat(near(watched.value(), plain.value())).isTrue();
    assertThat(trace(i -> i.model().output().save()).value()).isEqualTo(plain.value());
  }

  /** Of the MLP: what the activation function gets is what the layer before gives. */
  @Test
  void sourceImportedFunction() {
    record Two(Saved<Inner> given, Saved<Inner> got) {}
    Two found =
        trace(
            i -> {
              Gpt2.Mlp mlp = i.model().transformer().h(0).mlp();
              return new Two(mlp.cFc().output().save(), mlp.act().input().save());
            });
    assertThat(found.got().value()).isEqualTo(found.given().value());
  }

  @Test
  void sourceOutputWithBarrier() {
    Generator<Gpt2> generator = GPT2.trace();
    Value<HeadDim> z = generator.invoke(MSG, i -> attn(i.model(), 0).z().output());
    Saved<Hidden> own = generator.invoke(MSG, i -> hidden(i.model(), 0).save());
    Saved<Hidden> patched =
        generator.invoke(
            "_ _ _ _ _ _ _ _ _",
            i -> {
              i.model().transformer().drop().output().set(0);
              attn(i.model(), 0).z().output().set(z);
              return attn(i.model(), 0).output(0).save();
            });
    Saved<Hidden> expected = generator.invoke(MSG, i -> attn(i.model(), 0).output(0).save());
    generator.close();
    assertThat(near(patched.value(), expected.value())).isTrue();
    assertThat(own.isPresent()).isTrue();
  }

  // TestSourceIter.

  private static Saved<HeadDim> queries(int from, int to) {
    return generate(4, i -> i.steps(from, to).each(model -> attn(model, 1).q().output().save()))
        .recorded();
  }

  @Test
  void iterSourceOutputAllSteps() {
    Saved<HeadDim> found =
        generate(3, i -> i.allSteps().each(m -> attn(m, 1).q().output().save())).recorded();
    assertThat(found.values()).hasSize(3);
    assertThat(found.at(0).orElseThrow().shape(2)).isEqualTo(9);
    assertThat(found.at(1).orElseThrow().shape(2)).isEqualTo(1);
  }

  @Test
  void iterSourceInputAllSteps() {
    Saved<Key> found =
        generate(3, i -> i.allSteps().each(m -> attn(m, 1).scores().output().save())).recorded();
    assertThat(found.values().stream().map(scores -> scores.shape(-1)))
        .containsExactly(9L, 10L, 11L)
        .inOrder();
  }

  @Test
  void iterSourceSpecificStep() {
    Saved<HeadDim> found = generate(4, i -> attn(i.step(2), 1).q().output().save()).recorded();
    assertThat(found.value()).isEqualTo(queries(0, 4).at(2).orElseThrow());
  }

  @Test
  void iterSourceSlice() {
    Saved<HeadDim> some = queries(1, 3);
    Saved<HeadDim> all = queries(0, 4);
    assertThat(some.steps()).containsExactly(1, 2).inOrder();
    assertThat(some.values()).isEqualTo(all.values().subList(1, 3));
  }

  @Test
  void iterSourceIntervention() {
    String text =
        generate(
                3,
                i -> {
                  i.allSteps()
                      .forEach(
                          model -> {
                            for (int layer = 0; layer < 4; layer++) {
                              attn(model, layer).z().output().set(0);
                            }
                          });
                  return i;
                })
            .newText();
    assertThat(text).isNotEqualTo(" New York City");
  }

  @Test
  void iterRecursiveSource() {
    Saved<Axis> found =
        generate(3, i -> i.allSteps().each(m -> attn(m, 1).pattern().output().sum(-1).save()))
            .recorded();
    for (Tensor sums : found.values()) {
      for (int n = 0; n < sums.size(); n++) {
        assertThat(sums.at(n)).isWithin(1e-5).of(1);
      }
    }
    assertThat(found.values()).hasSize(3);
  }

  @Test
  void iterSourceSparse() {
    record Two(Saved<HeadDim> first, Saved<HeadDim> third) {}
    Two found =
        generate(
                4,
                i ->
                    new Two(
                        attn(i.model(), 1).q().output().save(),
                        attn(i.step(3), 1).q().output().save()))
            .recorded();
    Saved<HeadDim> all = queries(0, 4);
    assertThat(found.first().value()).isEqualTo(all.at(0).orElseThrow());
    assertThat(found.third().value()).isEqualTo(all.at(3).orElseThrow());
  }
}
