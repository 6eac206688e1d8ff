package org.nnsight4j.models.gpt2.nnsight;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.models.gpt2.nnsight.Suite.generate;
import static org.nnsight4j.models.gpt2.nnsight.Suite.generateAll;
import static org.nnsight4j.models.gpt2.nnsight.Suite.hidden;
import static org.nnsight4j.models.gpt2.nnsight.Suite.isZero;
import static org.nnsight4j.models.gpt2.nnsight.Suite.near;
import static org.nnsight4j.models.gpt2.nnsight.Suite.text;
import static org.nnsight4j.models.gpt2.nnsight.Suite.token;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;

/** {@code test_lm.py}: TestIteration. */
final class IterationTest {
  private static final String MSG = Suite.MSG;

  @Test
  void iterAndAll() {
    record Two(Saved<Axis> all, Saved<Axis> slice) {}
    Two found =
        generate(
                3,
                invoker ->
                    new Two(
                        invoker.allSteps().each(model -> token(model).save()),
                        invoker.steps(0, 3).each(model -> token(model).save())))
            .recorded();
    assertThat(text(found.all())).isEqualTo(" New York City");
    assertThat(found.slice().values()).isEqualTo(found.all().values());
    assertThat(found.all().steps()).containsExactly(0, 1, 2).inOrder();
  }

  @Test
  void iterWithBlock() {
    List<Saved<Axis>> found = new ArrayList<>();
    String text =
        generate(
                3,
                invoker -> {
                  invoker.allSteps().forEach(model -> found.add(token(model).save()));
                  return found;
                })
            .newText();
    // The body is recorded once, whatever the number of steps.
    assertThat(found).hasSize(1);
    assertThat(text(found.get(0))).isEqualTo(text);
  }

  /** nnsight #718: {@code iter[1:3]} was bound to later steps. */
  @Test
  void iterSlice() {
    Suite.Run<Saved<Axis>> run =
        generate(5, invoker -> invoker.steps(1, 3).each(model -> token(model).save()));
    assertThat(text(run.recorded())).isEqualTo(" York City");
    long[] ids = run.generator().output().newIds(0);
    assertThat(run.recorded().at(1).orElseThrow().toLongArray()).isEqualTo(new long[] {ids[1]});
    assertThat(run.recorded().at(2).orElseThrow().toLongArray()).isEqualTo(new long[] {ids[2]});
    assertThat(run.recorded().at(0)).isEmpty();
    assertThat(run.recorded().at(3)).isEmpty();
  }

  /** nnsight #718 again, for what is written. */
  @Test
  void iterSliceWritesAtItsStepsOnly() {
    Saved<Hidden> found =
        generate(
                5,
                invoker -> {
                  invoker.steps(1, 3).forEach(model -> hidden(model, -1).set(0));
                  return invoker.allSteps().each(model -> hidden(model, -1).save());
                })
            .recorded();
    for (int step = 0; step < 5; step++) {
      boolean zeroed = step == 1 || step == 2;
      assertThat(isZero(found.at(step).orElseThrow())).isEqualTo(zeroed);
    }
  }

  @Test
  void iterIdx() {
    record Two(List<Saved<Hidden>> alone, Saved<Hidden> loop) {}
    Two found =
        generate(
                3,
                invoker -> {
                  List<Saved<Hidden>> alone = new ArrayList<>();
                  for (int step = 0; step < 3; step++) {
                    alone.add(hidden(invoker.step(step), 2).save());
                  }
                  return new Two(alone, invoker.allSteps().each(model -> hidden(model, 2).save()));
                })
            .recorded();
    for (int step = 0; step < 3; step++) {
      assertThat(found.alone().get(step).value()).isEqualTo(found.loop().at(step).orElseThrow());
    }
    assertThat(found.loop().at(1)).isNotEqualTo(found.loop().at(2));
  }

  @Test
  void batchedIter() {
    record Two(Saved<Axis> one, Saved<Axis> other) {}
    Two found =
        generateAll(
                3,
                generator ->
                    new Two(
                        generator.invoke(
                            MSG, one -> one.steps(0, 2).each(model -> token(model).save())),
                        generator.invoke(
                            MSG, two -> two.steps(1, 3).each(model -> token(model).save()))))
            .recorded();
    assertThat(text(found.one())).isEqualTo(" New York");
    assertThat(text(found.other())).isEqualTo(" York City");
  }

  @Test
  void iterAndSkip() {
    Saved<Hidden> plain =
        generate(4, i -> i.allSteps().each(model -> hidden(model, 2).save())).recorded();
    record Two(Saved<Hidden> before, Saved<Hidden> after) {}
    Two found =
        generate(
                4,
                invoker -> {
                  Gpt2 model = invoker.step(2);
                  model.transformer().h(2).skip(hidden(model, 1));
                  return new Two(
                      invoker.allSteps().each(m -> hidden(m, 1).save()),
                      invoker.allSteps().each(m -> hidden(m, 2).save()));
                })
            .recorded();
    for (int step = 0; step < 3; step++) {
      Tensor after = found.after().at(step).orElseThrow();
      assertThat(after.equals(found.before().at(step).orElseThrow())).isEqualTo(step == 2);
      assertThat(after.equals(plain.at(step).orElseThrow())).isEqualTo(step != 2);
    }
  }

  @Test
  void iterWithPromptlessInvokers() {
    record Three(Saved<Hidden> one, Saved<Hidden> two, Saved<Hidden> all) {}
    Three found =
        generateAll(
                3,
                generator ->
                    new Three(
                        generator.invoke(
                            MSG, i -> i.allSteps().each(model -> hidden(model, 1).save())),
                        generator.invoke(
                            Suite.ET, i -> i.allSteps().each(model -> hidden(model, 1).save())),
                        generator.invoke(i -> i.allSteps().each(model -> hidden(model, 1).save()))))
            .recorded();
    assertThat(found.all().steps()).containsExactly(0, 1, 2).inOrder();
    for (int step = 1; step < 3; step++) {
      Tensor all = found.all().at(step).orElseThrow();
      assertThat(all.shape()).isEqualTo(new long[] {2, 1, 128});
      assertThat(row(all, 0)).isEqualTo(found.one().at(step).orElseThrow());
      assertThat(row(all, 1)).isEqualTo(found.two().at(step).orElseThrow());
    }
  }

  private static Tensor row(Tensor all, int row) {
    float[] numbers = all.toFloatArray();
    int size = numbers.length / (int) all.shape(0);
    return Tensor.of(
        java.util.Arrays.copyOfRange(numbers, row * size, (row + 1) * size), 1, 1, size);
  }

  @Test
  void sliceIterWithEnvoyCalledBefore() {
    record Two(Saved<Axis> before, Saved<Axis> loop) {}
    Two found =
        generate(
                5,
                invoker ->
                    new Two(
                        token(invoker.model()).save(),
                        invoker.steps(1, 3).each(model -> token(model).save())))
            .recorded();
    assertThat(text(List.of(found.before().value()))).isEqualTo(" New");
    assertThat(text(found.loop())).isEqualTo(" York City");
  }

  @Test
  void iterWithBatchedInterventions() {
    record Two(Saved<Hidden> one, Saved<Hidden> other) {}
    Two found =
        generateAll(
                3,
                generator ->
                    new Two(
                        generator.invoke(
                            MSG,
                            i -> {
                              i.steps(0, 2).forEach(model -> hidden(model, -1).set(0));
                              return i.allSteps().each(model -> hidden(model, -1).save());
                            }),
                        generator.invoke(
                            MSG,
                            i -> {
                              i.steps(2, 3).forEach(model -> hidden(model, -1).set(0));
                              return i.allSteps().each(model -> hidden(model, -1).save());
                            })))
            .recorded();
    assertThat(found.one().values().stream().map(Suite::isZero))
        .containsExactly(true, true, false)
        .inOrder();
    assertThat(found.other().values().stream().map(Suite::isZero))
        .containsExactly(false, false, true)
        .inOrder();
  }

  @Test
  void iterModule() {
    record Layers(List<Saved<Hidden>> alone, List<Saved<Hidden>> loops) {}
    Layers found =
        generate(
                3,
                invoker -> {
                  List<Saved<Hidden>> alone = new ArrayList<>();
                  List<Saved<Hidden>> loops = new ArrayList<>();
                  for (int step = 0; step < 3; step++) {
                    int layer = step;
                    alone.add(hidden(invoker.step(step), layer).save());
                    loops.add(invoker.allSteps().each(m -> hidden(m, layer).save()));
                  }
                  return new Layers(alone, loops);
                })
            .recorded();
    for (int step = 0; step < 3; step++) {
      assertThat(
              near(found.alone().get(step).value(), found.loops().get(step).at(step).orElseThrow()))
          .isTrue();
    }
  }
}
