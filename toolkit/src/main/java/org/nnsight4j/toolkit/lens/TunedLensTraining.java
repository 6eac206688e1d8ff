package org.nnsight4j.toolkit.lens;

import ai.djl.training.optimizer.Optimizer;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.function.Supplier;
import java.util.function.UnaryOperator;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.toolkit.train.Example;
import org.nnsight4j.toolkit.train.Trained;
import org.nnsight4j.toolkit.train.Trainer;
import org.nnsight4j.toolkit.train.TrainingStep;
import org.nnsight4j.values.Value;

/**
 * Trains a {@link TunedLens}: all translators start at 0, and the loss is the sum over them of
 * {@code KL(model || lens)}, the mean over tokens; no gradient reaches the model. Translators share
 * nothing, so each learns as if it were alone.
 *
 * <pre>{@code
 * TunedLensTrained trained = TunedLens.training(gpt2).epochs(20).run(texts);
 * trained.lens().save(Path.of("lens"));
 * }</pre>
 *
 * <p>In one batch each text weighs the same, whatever its length, so cut a corpus into pieces of
 * one length, as the paper does. Immutable; the same seed gives the same bits.
 */
public final class TunedLensTraining {
  private final LanguageModel<?> model;
  private final TunedLens start;
  private final int batch;
  private final int epochs;
  private final long seed;
  private final @Nullable Supplier<? extends Optimizer> optimizer;
  private final Progress progress;

  private TunedLensTraining(
      LanguageModel<?> model,
      TunedLens start,
      int batch,
      int epochs,
      long seed,
      @Nullable Supplier<? extends Optimizer> optimizer,
      Progress progress) {
    this.model = model;
    this.start = start;
    this.batch = batch;
    this.epochs = epochs;
    this.seed = seed;
    this.optimizer = optimizer;
    this.progress = progress;
  }

  static TunedLensTraining of(LanguageModel<?> model) {
    return new TunedLensTraining(model, TunedLens.of(model), 8, 1, 0, null, Progress.NONE);
  }

  /** Goes on from another lens of this model. */
  public TunedLensTraining from(TunedLens lens) {
    return new TunedLensTraining(model, lens, batch, epochs, seed, optimizer, progress);
  }

  /** How many texts run together; 8 if nothing is said. */
  public TunedLensTraining batchSize(int rows) {
    return new TunedLensTraining(
        model, start, positive(rows, "batch"), epochs, seed, optimizer, progress);
  }

  /** How often all texts are seen; once if nothing is said. */
  public TunedLensTraining epochs(int times) {
    return new TunedLensTraining(
        model, start, batch, positive(times, "number of epochs"), seed, optimizer, progress);
  }

  private static int positive(int number, String what) {
    if (number < 1) {
      throw new RunException("expected a %s of at least 1, found %s".formatted(what, number));
    }
    return number;
  }

  /** The seed of the order of texts. */
  public TunedLensTraining seed(long value) {
    return new TunedLensTraining(model, start, batch, epochs, value, optimizer, progress);
  }

  /**
   * Another optimiser than Adam at 1e-3; the package tuned-lens uses SGD with Nesterov's momentum.
   *
   * @param made makes a new one, as {@link Trainer#optimizer} takes it
   */
  public TunedLensTraining optimizer(Supplier<? extends Optimizer> made) {
    return new TunedLensTraining(model, start, batch, epochs, seed, made, progress);
  }

  /** Listens to the work: one part is one step. */
  public TunedLensTraining progress(Progress listener) {
    return new TunedLensTraining(
        model, start, batch, epochs, seed, optimizer, Progress.required(listener));
  }

  /** What {@link #run} will do; it keeps the translators, their gradients and Adam's moments. */
  public Cost cost(List<String> texts) {
    long tokens = PromptTokens.all(model, texts).stream().mapToLong(PromptTokens::length).sum();
    long width = Passes.width(model);
    long steps = (texts.size() + batch - 1L) / batch * epochs;
    return new Cost(
        (long) texts.size() * epochs,
        steps,
        tokens * epochs,
        4 * 4 * Passes.layers(model) * (width * width + width));
  }

  /** Trains on texts. */
  public TunedLensTrained run(List<String> texts) {
    return over(PromptTokens.all(model, texts).stream());
  }

  /** Trains on token ids. */
  public TunedLensTrained runIds(List<long[]> texts) {
    if (texts.isEmpty()) {
      throw new RunException("expected a text or more, found none");
    }
    return over(texts.stream().map(ids -> PromptTokens.of(model, ids)));
  }

  private TunedLensTrained over(Stream<PromptTokens> texts) {
    return trained(model, texts.map(text -> Example.of(text.ids())).toList());
  }

  private <M> TunedLensTrained trained(LanguageModel<M> own, List<Example> examples) {
    int count = Passes.layers(own);
    Trainer<M> trainer =
        Trainer.of(own).batchSize(batch).epochs(epochs).seed(seed).progress(progress);
    UnaryOperator<Trainer<M>> chosen =
        optimizer == null ? UnaryOperator.identity() : given -> given.optimizer(optimizer);
    trainer = chosen.apply(trainer);
    for (int i = 0; i < count; i++) {
      trainer = trainer.tensor(i + ".weight", start.matrix(i)).tensor(i + ".bias", start.bias(i));
    }
    Trained trained = trainer.fit(examples, step -> loss(step, count));
    List<Tensor> matrices = new ArrayList<>();
    List<Tensor> biases = new ArrayList<>();
    for (int i = 0; i < count; i++) {
      matrices.add(trained.tensor(i + ".weight"));
      biases.add(trained.tensor(i + ".bias"));
    }
    Translators translators = new Translators(Passes.width(own), matrices, biases);
    return new TunedLensTrained(new TunedLens(LensReading.of(own), translators), trained);
  }

  private static Value<Axis> loss(TrainingStep<?> step, int count) {
    Decoder view = Decoder.of(step.model());
    Value<Axis> sum = null;
    for (int i = 0; i < count; i++) {
      Value<Axis> stream =
          Passes.any(i == 0 ? view.embedded() : view.layer(i - 1).output()).detach();
      Value<Axis> translated =
          TunedLens.translate(stream, step.tensor(i + ".weight"), step.tensor(i + ".bias"));
      Value<Axis> own =
          TunedLens.divergence(view, translated).meanOverTokens().mean().as(Axis.class);
      sum = sum == null ? own : sum.add(own);
    }
    return Objects.requireNonNull(sum);
  }
}
