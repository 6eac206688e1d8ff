package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;
import static org.nnsight4j.models.gpt2.Probe.assertClose;
import static org.nnsight4j.models.gpt2.Probe.unrecordable;
import static org.nnsight4j.tensor.Along.BATCH;
import static org.nnsight4j.tensor.Along.POSITION;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Edit;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Inner;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Parameters are read, replaced for one run, and differentiated, by type and by name. */
final class ParametersTest {
  private static final String NAME = "transformer.h.1.mlp.c_proj.weight";
  private static final Tensor LOGITS = Probe.logits();

  private static Value<Hidden> matrix(Gpt2 model) {
    return model.transformer().h(1).mlp().cProj().weight();
  }

  @Test
  void areThoseOfTheFile() {
    Tensor stored =
        Safetensors.read(EmbeddedGpt2.directory().resolve("model.safetensors")).get(NAME);
    List<Saved<?>> found =
        GPT2.trace()
            .run(
                generator ->
                    generator.<List<Saved<?>>>invoke(
                        IDS,
                        i ->
                            List.of(
                                matrix(i.model()).save(),
                                i.parameter(NAME).save(),
                                i.model().transformer().h(1).mlp().cFc().bias().save(),
                                i.model().transformer().wte().weight().save(),
                                i.model().lmHead().weight().save(),
                                i.model().transformer().lnF().weight().sum().save())))
            .result();
    assertThat(found.get(0).value()).isEqualTo(stored);
    assertThat(found.get(1).value()).isEqualTo(stored);
    assertThat(found.get(2).value().rank()).isEqualTo(1);
    assertThat(found.get(4).value()).isEqualTo(found.get(3).value());
  }

  @Test
  void readingNeedsNoPass() {
    var run = GPT2.trace().run(generator -> generator.invoke(IDS, i -> matrix(i.model()).save()));
    assertThat(run.receipt().passes()).isEqualTo(0);
  }

  @Test
  void replacedForOneRunAlone() {
    List<Saved<?>> found =
        Probe.trace(
            model -> {
              Value<Hidden> weight = matrix(model);
              weight.set(0);
              return List.of(
                  model.transformer().h(1).mlp().cProj().output().save(),
                  model.transformer().h(1).mlp().cProj().bias().save(),
                  model.output().save(),
                  matrix(model).abs().max().save());
            });
    Tensor bias = found.get(1).value();
    assertThat(found.get(0).value().get("0, 3")).isEqualTo(bias);
    assertThat(found.get(2).value()).isNotEqualTo(LOGITS);
    assertThat(found.get(3).value().item()).isEqualTo(0);
    assertThat(Probe.logits()).isEqualTo(LOGITS);
  }

  /** All inputs of the run, applied modules, and every step; the same as writes at the site. */
  @Test
  void everyPassUsesIt() {
    var run =
        GPT2.generate(maxNewTokens(3))
            .run(
                generator -> {
                  generator.invoke(
                      new long[] {5, 17},
                      i -> {
                        matrix(i.model()).set(matrix(i.model()).mul(-1));
                        return i;
                      });
                  return generator.invoke(IDS, i -> i.model().output().save());
                });
    var same =
        GPT2.generate(maxNewTokens(3))
            .run(
                generator ->
                    generator.invoke(
                        new long[][] {{5, 17}, IDS},
                        i -> {
                          var unused =
                              i.allSteps()
                                  .each(
                                      model -> {
                                        var proj = model.transformer().h(1).mlp().cProj();
                                        Value<Hidden> out = proj.output();
                                        out.set(proj.bias().mul(2).sub(out));
                                        return model;
                                      });
                          return i;
                        }));
    assertThat(run.output().ids(0)).isEqualTo(same.output().ids(0));
    assertThat(run.output().ids(1)).isEqualTo(same.output().ids(1));
    Saved<?> applied =
        Probe.trace(
            model -> {
              model.lmHead().weight().get("7").set(0);
              Value<Hidden> any = model.transformer().h(0).output(0).detach();
              return model.lmHead().apply(any).get("..., 7").abs().max().save();
            });
    assertThat(applied.value().item()).isEqualTo(0);
  }

  @Test
  void partsAndTiedParameters() {
    List<Saved<?>> found =
        Probe.trace(
            model -> {
              Value<Hidden> rows = model.transformer().wte().weight();
              rows.get("17").set(rows.get("5"));
              return List.of(
                  model.transformer().wte().output().get("0, :2").save(),
                  model.output().get("..., 17").sub(model.output().get("..., 5")).save(),
                  model.lmHead().weight().get("17").sub(model.lmHead().weight().get("5")).save());
            });
    Tensor both = found.get(0).value();
    assertThat(both.get("0")).isEqualTo(both.get("1"));
    assertThat(found.get(1).value().largestDifference(zeros(1, IDS.length))).isEqualTo(0);
    assertThat(found.get(2).value().largestDifference(zeros(128))).isEqualTo(0);
  }

  private static Tensor zeros(long... shape) {
    int count = 1;
    for (long length : shape) {
      count *= (int) length;
    }
    return Tensor.of(new float[count], shape);
  }

  private static Value<Gpt2.Vocab> loss(Gpt2 model) {
    return model.output().get("0, -1").logSoftmax(-1).get("42").neg();
  }

  @Test
  void gradientsAreCentralDifferences() {
    record At(String part, double gradient) {}
    List<Saved<?>> found =
        Probe.trace(
            model ->
                List.of(
                    matrix(model).gradient(loss(model)).save(),
                    model.transformer().h(2).ln1().bias().gradient(loss(model)).save(),
                    model.transformer().wte().weight().gradient(loss(model)).save()));
    for (At at :
        List.of(
            new At("3, 9", found.get(0).value().get(3, 9)),
            new At("70, 100", found.get(0).value().get(70, 100)))) {
      double[] losses = new double[2];
      for (int side = 0; side < 2; side++) {
        double moved = side == 0 ? 0.05 : -0.05;
        Saved<Gpt2.Vocab> there =
            Probe.trace(
                model -> {
                  Value<Hidden> part = matrix(model).get(at.part());
                  part.set(part.add(moved));
                  return loss(model).save();
                });
        losses[side] = there.value().item();
      }
      assertThat((losses[0] - losses[1]) / 0.1).isWithin(2e-4).of(at.gradient());
    }
    assertThat(found.get(1).value().shape()).isEqualTo(new long[] {128});
    // As the unembedding's, tied rows have gradients too, although no prompt has their tokens.
    assertThat(found.get(2).value().get("42").largestDifference(zeros(128))).isGreaterThan(0.01);
  }

  /** Of a replaced parameter: what it is replaced with is differentiated. */
  @Test
  void gradientsOfWhatReplacesIt() {
    List<Saved<Hidden>> found =
        Probe.trace(
            model -> {
              Value<Hidden> before = matrix(model);
              before.set(before.mul(2));
              Value<Hidden> after = matrix(model);
              Value<?> loss = loss(model);
              return List.of(before.gradient(loss).save(), after.gradient(loss).save());
            });
    Tensor twice = found.get(0).value();
    Tensor once = found.get(1).value();
    assertThat(once.largestDifference(zeros(512, 128))).isGreaterThan(1e-4);
    double[] doubled = java.util.Arrays.stream(once.toDoubleArray()).map(x -> 2 * x).toArray();
    assertClose("gradient", twice, Tensor.of(doubled, 512, 128), 1e-5);
  }

  /** Two runs at the same time: only one has parameters of its own. */
  @Test
  void otherRunsAtTheSameTimeDoNotSeeIt() throws Exception {
    Callable<Tensor> changed =
        () ->
            Probe.<Saved<?>>trace(
                    model -> {
                      matrix(model).set(0);
                      return model.output().save();
                    })
                .value();
    ExecutorService threads = Executors.newFixedThreadPool(2);
    try {
      Tensor alone = changed.call();
      List<Future<Tensor>> found = new ArrayList<>();
      for (int i = 0; i < 20; i++) {
        found.add(threads.submit(i % 2 == 0 ? changed : Probe::logits));
      }
      for (int i = 0; i < found.size(); i++) {
        assertThat(found.get(i).get()).isEqualTo(i % 2 == 0 ? alone : LOGITS);
      }
    } finally {
      threads.shutdown();
    }
  }

  @Test
  void valuesOfEarlierRunsReplaceIt() {
    Saved<?> found =
        GPT2.session(
            session -> {
              Value<Hidden> mean =
                  session
                      .trace()
                      .invoke(
                          IDS, i -> i.model().transformer().h(1).output(0).mean(BATCH, POSITION));
              return session
                  .trace()
                  .invoke(
                      IDS,
                      i -> {
                        i.model().transformer().lnF().bias().set(mean);
                        return i.model().transformer().lnF().bias().sub(mean).abs().max().save();
                      });
            });
    assertThat(found.value().item()).isEqualTo(0);
  }

  @Test
  void editsReplaceItInEveryRun() {
    Edit quiet = GPT2.edit(i -> matrix(i.model()).set(0));
    LanguageModel<Gpt2> edited = GPT2.with(quiet);
    for (int run = 0; run < 2; run++) {
      List<Saved<?>> found =
          edited
              .trace()
              .run(
                  generator ->
                      generator.<List<Saved<?>>>invoke(
                          IDS,
                          i -> {
                            var proj = i.model().transformer().h(1).mlp().cProj();
                            Value<?> loss = i.model().output().square().sum();
                            return List.of(
                                proj.output().sub(proj.bias()).abs().max().save(),
                                proj.weight().abs().max().save(),
                                proj.weight().gradient(loss).abs().max().save());
                          }))
              .result();
      assertThat(found.get(0).value().item()).isEqualTo(0);
      assertThat(found.get(1).value().item()).isEqualTo(0);
      assertThat(found.get(2).value().item()).isGreaterThan(0);
    }
    assertThat(Probe.logits()).isEqualTo(LOGITS);
  }

  @Test
  void inTheTypeOfTheRun() {
    OpenOptions halves = OpenOptions.defaults().dtype(DType.BFLOAT16);
    try (LanguageModel<AnyModel> rounded = LanguageModel.open(EmbeddedGpt2.directory(), halves)) {
      List<Saved<Axis>> found =
          rounded.trace(
              "The Eiffel Tower",
              any -> {
                Value<Axis> weight = any.parameter(NAME);
                weight.set(weight.mul(0.5));
                Value<Axis> loss = any.module("lm_head").output().get("0, -1").square().mean();
                Saved<Axis> gradient = any.parameter(NAME).gradient(loss).save();
                return List.of(weight.save(), gradient);
              });
      assertThat(found.get(0).value().dtype()).isEqualTo(DType.BFLOAT16);
      assertThat(found.get(1).value().dtype()).isEqualTo(DType.BFLOAT16);
      assertThat(found.get(1).value().largestDifference(zeros(512, 128))).isGreaterThan(1e-6);
    }
  }

  @Test
  void errors() {
    unrecordable(
        model -> model.lmHead().bias(),
        "the model has no parameter 'lm_head.bias': lm_head has [weight]");
    unrecordable(
        model -> {
          matrix(model).set(zeros(3));
          return model;
        },
        NAME,
        "[512, 128] and [3] cannot be combined");
    unrecordable(
        model -> {
          Value<Hidden> h = model.transformer().h(0).output(0);
          model.transformer().lnF().weight().set(h.get("0, 0"));
          return model;
        },
        "transformer.ln_f.weight is replaced before the first forward pass",
        "session");
    unrecordable(
        model -> {
          Value<Inner> bias = model.transformer().h(0).mlp().cFc().bias();
          bias.sum().gt(0).cond(() -> bias.set(0));
          return model;
        },
        "is replaced for the whole run, so not inside a branch");
  }
}
