package org.nnsight4j.toolkit.train;

import ai.djl.training.optimizer.Adam;
import ai.djl.training.optimizer.Optimizer;
import ai.djl.training.tracker.Tracker;
import java.util.ArrayList;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Random;
import java.util.function.Function;
import java.util.function.Supplier;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.values.Value;

/**
 * Trains tensors by gradient descent through a model whose weights stay as they are. What the
 * tensors do is recorded like any intervention, so a steering vector, a soft prompt, a probe, a
 * translator of the tuned lens, a rotation or a low-rank adapter are the same few lines:
 *
 * <pre>{@code
 * Trained trained =
 *     Trainer.of(gpt2)
 *         .tensor("vector", Tensor.of(new float[128], 128))
 *         .learningRate(0.1)
 *         .epochs(20)
 *         .fit(
 *             List.of(Example.of("The Eiffel Tower is in the city of")),
 *             step -> {
 *               Value<Hidden> stream = step.model().transformer().h(1).output(0);
 *               stream.set(stream.add(step.tensor("vector").as(Hidden.class)));
 *               return step.model().output().at(-1).logSoftmax(-1).get(":, " + rome).mean().neg();
 *             });
 * }</pre>
 *
 * <p>The same seed, examples and tensors give the same bits on one machine.
 *
 * @param <M> the descriptor
 */
public final class Trainer<M> {
  private final LanguageModel<M> model;
  private final Map<String, Tensor> tensors;
  private final Supplier<? extends Optimizer> optimizer;
  private final int batchSize;
  private final int epochs;
  private final long seed;
  private final Progress progress;

  private Trainer(
      LanguageModel<M> model,
      Map<String, Tensor> tensors,
      Supplier<? extends Optimizer> optimizer,
      int batchSize,
      int epochs,
      long seed,
      Progress progress) {
    this.model = model;
    this.tensors = tensors;
    this.optimizer = optimizer;
    this.batchSize = batchSize;
    this.epochs = epochs;
    this.seed = seed;
    this.progress = progress;
  }

  /** Training with Adam at a learning rate of 1e-3, batches of 8 rows and one epoch. */
  public static <M> Trainer<M> of(LanguageModel<M> model) {
    return new Trainer<>(
        Objects.requireNonNull(model, "the model is null"),
        Map.of(),
        adam(1e-3),
        8,
        1,
        0,
        Progress.NONE);
  }

  private static Supplier<Optimizer> adam(double learningRate) {
    return () -> Adam.builder().optLearningRateTracker(Tracker.fixed((float) learningRate)).build();
  }

  /**
   * One more tensor to train.
   *
   * @param initial its first numbers, FLOAT32
   */
  public Trainer<M> tensor(String name, Tensor initial) {
    Map<String, Tensor> more = new LinkedHashMap<>(tensors);
    if (more.put(name, TrainingRows.trainable(name, initial)) != null) {
      throw new RunException("tensor '%s' is given twice".formatted(name));
    }
    return new Trainer<>(
        model, Collections.unmodifiableMap(more), optimizer, batchSize, epochs, seed, progress);
  }

  /**
   * Another optimiser of DJL, with its schedule, weight decay and clipping: {@code () ->
   * Optimizer.adamW().optLearningRateTracker(...).build()}. DJL keeps its state in native memory
   * until the JVM ends; for Adam that is twice the size of the tensors for each call of {@link
   * #fit}.
   *
   * @param made makes a new one for each {@link #fit}, because an optimiser remembers
   */
  public Trainer<M> optimizer(Supplier<? extends Optimizer> made) {
    return new Trainer<>(
        model,
        tensors,
        Objects.requireNonNull(made, "the optimizer is null"),
        batchSize,
        epochs,
        seed,
        progress);
  }

  /** Adam with another learning rate. */
  public Trainer<M> learningRate(double rate) {
    if (!(rate > 0)) {
      throw new RunException("expected a learning rate above 0, found " + rate);
    }
    return optimizer(adam(rate));
  }

  /** How many rows run together; the last batch of an epoch may be smaller. */
  public Trainer<M> batchSize(int rows) {
    return new Trainer<>(
        model, tensors, optimizer, positive(rows, "batch"), epochs, seed, progress);
  }

  /** How often all examples are seen. */
  public Trainer<M> epochs(int times) {
    return new Trainer<>(
        model, tensors, optimizer, batchSize, positive(times, "number of epochs"), seed, progress);
  }

  /** The seed of the order of examples, which is another one in each epoch. */
  public Trainer<M> seed(long value) {
    return new Trainer<>(model, tensors, optimizer, batchSize, epochs, value, progress);
  }

  /** Hears of each step. */
  public Trainer<M> progress(Progress listener) {
    return new Trainer<>(
        model, tensors, optimizer, batchSize, epochs, seed, Progress.required(listener));
  }

  private static int positive(int number, String what) {
    if (number < 1) {
      throw new RunException("expected a %s of at least 1, found %s".formatted(what, number));
    }
    return number;
  }

  /**
   * Trains.
   *
   * <p>Rows of unlike length are padded; a loss should read tokens with {@code at} or {@code
   * meanOverTokens}, which never see padding.
   *
   * @param loss what is made smaller, a value of one number; it is recorded once for each size of
   *     batch
   * @throws org.nnsight4j.error.RunException if the loss is not a finite number at some step, or
   *     does not use one of the tensors
   */
  public Trained fit(List<Example> examples, Function<TrainingStep<M>, ? extends Value<?>> loss) {
    Objects.requireNonNull(loss, "the loss is null");
    if (tensors.isEmpty()) {
      throw new RunException("there is nothing to train; add tensor(name, initial)");
    }
    if (examples.isEmpty()) {
      throw new RunException("there are no examples to train on");
    }
    int batches = (examples.size() + batchSize - 1) / batchSize;
    List<Example> order = new ArrayList<>(examples);
    Random random = new Random(seed);
    double[] losses = new double[epochs * batches];
    try (Descent descent = new Descent(optimizer.get(), tensors)) {
      TrainingRows<M> rows = new TrainingRows<>(model, tensors, loss);
      for (int step = 0; step < losses.length; step++) {
        int batch = step % batches;
        if (batch == 0) {
          Collections.shuffle(order, random);
        }
        int end = Math.min(order.size(), (batch + 1) * batchSize);
        losses[step] = rows.step(step, order.subList(batch * batchSize, end), descent);
        progress.at(step + 1, losses.length);
      }
      return new Trained(descent.tensors(), losses, batches);
    }
  }
}
