package org.nnsight4j.models.gpt2.nnsight;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.models.gpt2.nnsight.Suite.GPT2;
import static org.nnsight4j.models.gpt2.nnsight.Suite.MSG;
import static org.nnsight4j.models.gpt2.nnsight.Suite.generate;
import static org.nnsight4j.models.gpt2.nnsight.Suite.generateAll;
import static org.nnsight4j.models.gpt2.nnsight.Suite.hidden;
import static org.nnsight4j.models.gpt2.nnsight.Suite.isZero;
import static org.nnsight4j.models.gpt2.nnsight.Suite.near;
import static org.nnsight4j.models.gpt2.nnsight.Suite.text;
import static org.nnsight4j.models.gpt2.nnsight.Suite.token;
import static org.nnsight4j.models.gpt2.nnsight.Suite.trace;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** {@code test_lm.py} of 0.4.11 and 0.7: what is written, and what gradients it has. */
final class ModificationTest {
  private record Two(Saved<Hidden> one, Saved<Hidden> other) {}

  @Test
  void inplaceModification() {
    Suite.Run<Two> run =
        generate(
            1,
            i -> {
              Saved<Hidden> before = hidden(i.model(), -1).save();
              hidden(i.model(), -1).get(":, :, :").set(0);
              return new Two(before, hidden(i.model(), -1).save());
            });
    assertThat(isZero(run.recorded().one().value())).isFalse();
    assertThat(isZero(run.recorded().other().value())).isTrue();
    assertThat(run.newText()).isNotEqualTo(" New");
  }

  @Test
  void multiplicationModification() {
    Two found =
        trace(
            i -> {
              Value<Hidden> embeddings = i.model().transformer().wte().output();
              Saved<Hidden> before = embeddings.save();
              embeddings.set(embeddings.mul(0));
              return new Two(before, i.model().transformer().wte().output().save());
            });
    assertThat(isZero(found.one().value())).isFalse();
    assertThat(isZero(found.other().value())).isTrue();
  }

  /** set4 of 0.4.11: the second invoker still predicts " New". */
  @Test
  void crossInvokeIsolation() {
    Suite.Run<Two> run =
        generateAll(
            1,
            generator ->
                new Two(
                    generator.invoke(
                        MSG,
                        i -> {
                          hidden(i.model(), -1).set(0);
                          return hidden(i.model(), -1).save();
                        }),
                    generator.invoke(MSG, i -> hidden(i.model(), -1).save())));
    assertThat(isZero(run.recorded().one().value())).isTrue();
    assertThat(isZero(run.recorded().other().value())).isFalse();
    assertThat(run.generator().output().newText(0)).isNotEqualTo(" New");
    assertThat(run.generator().output().newText(1)).isEqualTo(" New");
  }

  /** set5 of 0.4.11: the same where gradients are kept. */
  @Test
  void modificationWithGrad() {
    record Three(Saved<Hidden> zeroed, Saved<Hidden> plain, Saved<Hidden> gradient) {}
    Three found =
        GPT2.trace()
            .run(
                generator -> {
                  Saved<Hidden> zeroed =
                      generator.invoke(
                          MSG,
                          i -> {
                            hidden(i.model(), 1).set(0);
                            return hidden(i.model(), 1).save();
                          });
                  return generator.invoke(
                      MSG,
                      i -> {
                        Value<Hidden> hidden = hidden(i.model(), 1);
                        Value<Axis> loss = i.model().output().sum();
                        return new Three(zeroed, hidden.save(), hidden.gradient(loss).save());
                      });
                })
            .result();
    assertThat(isZero(found.zeroed().value())).isTrue();
    assertThat(isZero(found.plain().value())).isFalse();
    assertThat(isZero(found.gradient().value())).isFalse();
  }

  /** set3 of 0.4.11: another tuple in the place of the block's own; here its element. */
  @Test
  void set3ReplacesTheTuple() {
    Two found =
        trace(
            i -> {
              hidden(i.model(), -1).set(hidden(i.model(), 0));
              return new Two(hidden(i.model(), 0).save(), hidden(i.model(), -1).save());
            });
    assertThat(found.other().value()).isEqualTo(found.one().value());
  }

  @Test
  void embeddingTransferWithBarrier() {
    Suite.Run<Integer> run =
        generateAll(
            3,
            generator -> {
              Value<Hidden> embeddings =
                  generator.invoke(MSG, i -> i.model().transformer().wte().output());
              return generator.invoke(
                  "_ _ _ _ _ _ _ _ _",
                  i -> {
                    i.model().transformer().wte().output().set(embeddings);
                    return 0;
                  });
            });
    assertThat(run.generator().output().newText(0)).isEqualTo(" New York City");
    assertThat(run.generator().output().newText(1)).isEqualTo(" New York City");
  }

  @Test
  void multiBackward() {
    Two found =
        trace(
            i -> {
              Value<Hidden> hidden = hidden(i.model(), 1);
              Value<Vocab> logits = i.model().output().at(-1);
              return new Two(
                  hidden.gradient(logits.sum()).save(),
                  hidden.gradient(logits.mul(2).sum()).save());
            });
    assertThat(isZero(found.one().value())).isFalse();
    Tensor doubled =
        trace(i -> i.model().output().constant(found.one().value()).mul(2).save()).value();
    assertThat(near(found.other().value(), doubled)).isTrue();
    assertThat(found.other().value()).isNotEqualTo(found.one().value());
  }

  @Test
  void externalTensors() {
    float[] ones = new float[9 * 128];
    java.util.Arrays.fill(ones, 1);
    Tensor outside = Tensor.of(ones, 1, 9, 128);
    Saved<Hidden> found =
        trace(
            i -> {
              hidden(i.model(), 1).set(outside);
              return hidden(i.model(), 1).save();
            });
    assertThat(found.value()).isEqualTo(outside);
  }

  @Test
  void conditionalIntervention() {
    Saved<Hidden> taken = conditional(0);
    Saved<Hidden> notTaken = conditional(1e9);
    assertThat(isZero(taken.value())).isTrue();
    assertThat(isZero(notTaken.value())).isFalse();
  }

  private static Saved<Hidden> conditional(double bound) {
    return trace(
        i -> {
          Value<Axis> norm = hidden(i.model(), 0).norm();
          norm.gt(bound).cond(() -> hidden(i.model(), 1).set(0));
          return hidden(i.model(), 1).save();
        });
  }

  /** In a branch too a part of one token can be written, and numbers from outside. */
  @Test
  void conditionalInterventionAtAToken() {
    Two found =
        trace(
            i -> {
              Value<Axis> norm = hidden(i.model(), 0).norm();
              norm.gt(0).cond(() -> hidden(i.model(), 1).at(-1).set(0));
              norm.gt(0).cond(() -> hidden(i.model(), 2).at(0).set(Tensor.scalar(3)));
              return new Two(hidden(i.model(), 1).save(), hidden(i.model(), 2).save());
            });
    assertThat(found.one().value().get(0, 8, 5)).isEqualTo(0);
    assertThat(found.one().value().get(0, 7, 5)).isNotEqualTo(0);
    assertThat(found.other().value().get(0, 0, 5)).isEqualTo(3);
    assertThat(found.other().value().get(0, 1, 5)).isNotEqualTo(3);
  }

  @Test
  void inputSetting() {
    Saved<Axis> ids = trace(i -> i.model().input().save());
    Saved<Vocab> plain = trace(i -> i.model().output().save());
    Saved<Vocab> replayed =
        trace(
            "_ _ _ _ _ _ _ _ _",
            i -> {
              i.model().transformer().wte().input().set(ids.value());
              return i.model().output().save();
            });
    assertThat(near(replayed.value(), plain.value())).isTrue();
    Saved<Axis> written =
        trace(
            "_ _ _ _ _ _ _ _ _",
            i -> {
              i.model().transformer().input().set(ids.value());
              return token(i.model()).save();
            });
    assertThat(text(List.of(written.value()))).isEqualTo(" New");
  }

  /**
   * The parameter protocol of 0.4.11 has no counterpart, as there are no parameters in a run; a
   * module by hand gives what the model's own gives.
   */
  @Test
  void parameterProtocolResult() {
    Two found =
        trace(
            i -> {
              Gpt2.Block block = i.model().transformer().h(1);
              return new Two(
                  block.ln1().apply(block.ln1().input()).as(Hidden.class).save(),
                  block.ln1().output().save());
            });
    assertThat(found.one().value()).isEqualTo(found.other().value());
  }
}
