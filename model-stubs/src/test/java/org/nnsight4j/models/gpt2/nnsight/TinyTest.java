package org.nnsight4j.models.gpt2.nnsight;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.models.gpt2.nnsight.Suite.GPT2;
import static org.nnsight4j.models.gpt2.nnsight.Suite.MSG;
import static org.nnsight4j.models.gpt2.nnsight.Suite.generate;
import static org.nnsight4j.models.gpt2.nnsight.Suite.hidden;
import static org.nnsight4j.models.gpt2.nnsight.Suite.isZero;
import static org.nnsight4j.models.gpt2.nnsight.Suite.near;
import static org.nnsight4j.models.gpt2.nnsight.Suite.text;
import static org.nnsight4j.models.gpt2.nnsight.Suite.token;
import static org.nnsight4j.models.gpt2.nnsight.Suite.trace;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Generator;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** {@code test_tiny.py} of 0.4.11 and 0.7, on GPT-2. */
final class TinyTest {
  @Test
  void saveOutput() {
    Saved<Hidden> saved = trace(i -> hidden(i.model(), 0).save());
    assertThat(saved.value().shape()).isEqualTo(new long[] {1, 9, 128});
  }

  @Test
  void torchCreationOperations() {
    Saved<Hidden> found =
        trace(
            i -> {
              Value<Hidden> hidden = hidden(i.model(), 0);
              hidden.set(hidden.mul(0).add(hidden.constant(Tensor.scalar(1))));
              return hidden(i.model(), 0).save();
            });
    assertThat(found.value().get(0, 3, 7)).isEqualTo(1);
  }

  @Test
  void gradAccessAndModify() {
    record Three(Saved<Hidden> plain, Saved<Hidden> doubled, Saved<Hidden> earlier) {}
    Three found =
        trace(
            i -> {
              Value<Hidden> early = hidden(i.model(), 0);
              Value<Hidden> hidden = hidden(i.model(), -1);
              Value<Axis> loss = i.model().output().sum();
              Saved<Hidden> plain = hidden.gradient(loss).save();
              hidden.setGradient(loss, hidden.gradient(loss).mul(2));
              return new Three(plain, hidden.gradient(loss).save(), early.gradient(loss).save());
            });
    Saved<Hidden> once =
        trace(i -> hidden(i.model(), 0).gradient(i.model().output().sum()).mul(2).save());
    Tensor twice =
        trace(i -> i.model().output().constant(found.plain().value()).mul(2).save()).value();
    assertThat(near(found.doubled().value(), twice)).isTrue();
    assertThat(near(found.earlier().value(), once.value())).isTrue();
  }

  // Conditionals.

  private static List<Saved<Hidden>> conditional(boolean truth) {
    return trace(
        i -> {
          Value<?> condition = i.model().output().constant(Tensor.scalar(truth ? 1 : 0)).gt(0);
          List<Saved<Hidden>> saved = new ArrayList<>();
          condition.cond(
              () -> {
                hidden(i.model(), 1).set(0);
                saved.add(hidden(i.model(), 1).save());
              });
          saved.add(hidden(i.model(), 1).save());
          return saved;
        });
  }

  @Test
  void trueConditional() {
    List<Saved<Hidden>> found = conditional(true);
    assertThat(isZero(found.get(0).value())).isTrue();
    assertThat(isZero(found.get(1).value())).isTrue();
  }

  @Test
  void falseConditional() {
    List<Saved<Hidden>> found = conditional(false);
    assertThat(found.get(0).isPresent()).isFalse();
    assertThrows(RunException.class, found.get(0)::value);
    assertThat(isZero(found.get(1).value())).isFalse();
  }

  @Test
  void tensorAsCondition() {
    Saved<Hidden> found =
        trace(
            i -> {
              Value<Hidden> early = hidden(i.model(), 0);
              early.gt(-1e9).all().cond(() -> hidden(i.model(), 1).set(early));
              return hidden(i.model(), 1).sub(early).save();
            });
    assertThat(isZero(found.value())).isTrue();
  }

  @Test
  void multipleDependentConditionals() {
    record Three(Saved<Hidden> first, Saved<Hidden> second, Saved<Hidden> third) {}
    Three found =
        trace(
            i -> {
              Gpt2 model = i.model();
              hidden(model, 0).norm().gt(0).cond(() -> hidden(model, 1).set(0));
              // True only because the first was.
              hidden(model, 1).norm().eq(0).cond(() -> hidden(model, 2).set(0));
              hidden(model, 2).norm().gt(0).cond(() -> hidden(model, 3).set(0));
              return new Three(
                  hidden(model, 1).save(), hidden(model, 2).save(), hidden(model, 3).save());
            });
    assertThat(isZero(found.first().value())).isTrue();
    assertThat(isZero(found.second().value())).isTrue();
    assertThat(isZero(found.third().value())).isFalse();
  }

  @Test
  void nestedConditionals() {
    for (boolean outer : new boolean[] {true, false}) {
      for (boolean inner : new boolean[] {true, false}) {
        Saved<Hidden> found =
            trace(
                i -> {
                  Gpt2 model = i.model();
                  Value<?> one = hidden(model, 0).norm().gt(outer ? 0 : 1e9);
                  Value<?> two = hidden(model, 0).norm().gt(inner ? 0 : 1e9);
                  one.cond(() -> two.cond(() -> hidden(model, 1).set(0)));
                  return hidden(model, 1).save();
                });
        assertThat(isZero(found.value())).isEqualTo(outer && inner);
      }
    }
  }

  /** Both branches give a value; only that of the one that is taken is computed. */
  @Test
  void conditionalValue() {
    record Two(Saved<Hidden> chosen, Saved<Hidden> expected) {}
    Two found =
        trace(
            i -> {
              Gpt2 model = i.model();
              Value<Hidden> early = hidden(model, 0);
              Value<Hidden> chosen =
                  early.norm().gt(0).cond(() -> early.mul(3), () -> early.mul(5));
              return new Two(chosen.save(), early.mul(3).save());
            });
    assertThat(found.chosen().value()).isEqualTo(found.expected().value());
  }

  /** [0, 2]: the iterations in which the condition held. */
  @Test
  void conditionalIteration() {
    List<Saved<Axis>> found = new ArrayList<>();
    generate(
        3,
        i -> {
          i.allSteps()
              .forEach((model, step) -> step.mod(2).eq(0).cond(() -> found.add(step.save())));
          return i;
        });
    assertThat(found.get(0).steps()).containsExactly(0, 2).inOrder();
    assertThat(found.get(0).values().stream().map(Tensor::item))
        .containsExactly(0.0, 2.0)
        .inOrder();
  }

  /** A loop with break: applied until a bound, at most five times. */
  @Test
  void loopWithBreak() {
    Saved<Vocab> found =
        trace(
            i ->
                i.model()
                    .output()
                    .constant(Tensor.scalar(1))
                    .iterate(5, value -> value.mul(2), value -> value.gte(8))
                    .save());
    assertThat(found.value().item()).isEqualTo(8);
  }

  /** [0, 1, 2]: a value handed on from step to step. */
  @Test
  void nestedIterator() {
    record Two(Saved<Vocab> sum, Saved<Vocab> handed) {}
    Two found =
        generate(
                3,
                i -> {
                  List<Saved<Vocab>> handed = new ArrayList<>();
                  Value<Vocab> zero = i.model().output().constant(Tensor.of(new long[] {0}, 1));
                  Value<Vocab> last =
                      i.allSteps()
                          .fold(
                              zero,
                              (model, carried) -> {
                                handed.add(carried.save());
                                return carried.add(1);
                              });
                  return new Two(last.save(), handed.get(0));
                })
            .recorded();
    assertThat(found.sum().value().item()).isEqualTo(3);
    assertThat(found.handed().values().stream().map(Tensor::item))
        .containsExactly(0.0, 1.0, 2.0)
        .inOrder();
    assertThat(found.sum().value().dtype()).isEqualTo(DType.INT64);
  }

  /** Java's own lists and maps hold values as any object. */
  @Test
  void nnsightBuiltins() {
    List<Saved<Hidden>> found =
        trace(
            i -> {
              List<Saved<Hidden>> all = new ArrayList<>();
              for (int layer = 0; layer < 4; layer++) {
                all.add(hidden(i.model(), layer).save());
              }
              return all;
            });
    assertThat(found.stream().map(Saved::value).distinct().count()).isEqualTo(4);
  }

  // Early stops.

  @Test
  void stopProtocol() {
    record Two(Saved<Hidden> before, Saved<Vocab> after) {}
    Generator<Gpt2> generator = GPT2.trace();
    Two found =
        generator.invoke(
            MSG,
            i -> {
              Saved<Hidden> before = hidden(i.model(), 0).save();
              i.stop();
              return new Two(before, i.model().output().save());
            });
    generator.close();
    assertThat(found.before().isPresent()).isTrue();
    RunException error = assertThrows(RunException.class, () -> found.after().value());
    assertThat(error).hasMessageThat().contains("the run was stopped before, at TinyTest.java:");
    assertThat(generator.receipt().stoppedAt()).contains("TinyTest.java:");
  }

  @Test
  void stopPreventsOperations() {
    List<Tensor> seen = new ArrayList<>();
    trace(
        i -> {
          hidden(i.model(), 0).peek(seen::add);
          i.stop();
          hidden(i.model(), 1).peek(seen::add);
          return i;
        });
    assertThat(seen).hasSize(1);
  }

  /** Three results: the run ends inside the third iteration, and its token is not written. */
  @Test
  void stopInsideLoop() {
    long third = generate(3, i -> 0).generator().output().newIds(0)[2];
    Suite.Run<Saved<Axis>> run =
        generate(
            6,
            i ->
                i.allSteps()
                    .each(
                        model -> {
                          Saved<Axis> token = token(model).save();
                          token(model).eq(third).all().cond(i::stop);
                          return token;
                        }));
    assertThat(text(run.recorded())).isEqualTo(" New York City");
    assertThat(run.newText()).isEqualTo(" New York");
  }
}
