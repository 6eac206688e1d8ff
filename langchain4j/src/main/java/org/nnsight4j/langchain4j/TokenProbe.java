package org.nnsight4j.langchain4j;

import java.util.Objects;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Scan;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.attach.LinearProbe;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * A linear function of what a layer computes, read in the passes that generate an answer: one score
 * for each new token, from the pass that chose it. Immutable.
 *
 * <p>That pass reads the vector at the last token so far, from which the new one is predicted. It
 * sees what edits of the model have left.
 */
public final class TokenProbe {
  private final String name;
  private final int layer;
  private final @Nullable String site;
  private final LinearProbe probe;
  private final OptionalDouble stop;

  private TokenProbe(
      String name, int layer, @Nullable String site, LinearProbe probe, OptionalDouble stop) {
    this.name = Objects.requireNonNull(name, "the name of the probe is null");
    this.layer = layer;
    this.site = site;
    this.probe = Objects.requireNonNull(probe, "the probe is null");
    this.stop = stop;
    if (name.isBlank()) {
      throw new IllegalArgumentException("expected a name of the probe, found none");
    }
  }

  /**
   * A probe of a layer's output, for example one of the toolkit's {@code LinearProbes}.
   *
   * @param name what metadata and guardrails call it
   * @param layer from 0, or from -1 backwards
   * @param probe with one output
   */
  public static TokenProbe of(String name, int layer, LinearProbe probe) {
    return new TokenProbe(name, layer, null, probe, OptionalDouble.empty());
  }

  /**
   * A probe of another place that has a vector for each token.
   *
   * @param site a module of Hugging Face such as {@code model.layers.12.mlp}, or a hook of
   *     TransformerLens
   * @param probe with one output
   */
  public static TokenProbe of(String name, String site, LinearProbe probe) {
    Objects.requireNonNull(site, "the site is null");
    return new TokenProbe(name, 0, site, probe, OptionalDouble.empty());
  }

  /**
   * The product of a layer's output with a direction, for example a steering vector's.
   *
   * @param direction {@code [hidden]}
   */
  public static TokenProbe direction(String name, int layer, Tensor direction) {
    if (direction.rank() != 1) {
      throw new IllegalArgumentException(
          "expected a direction [hidden], found %s".formatted(direction.header()));
    }
    float[] numbers = direction.toFloatArray();
    return of(
        name,
        layer,
        LinearProbe.of(Tensor.of(numbers, 1, numbers.length), Tensor.of(new float[1], 1)));
  }

  /**
   * Ends the answer, in the pass that reads it, at the first score above a threshold: the token
   * that the pass would have chosen is not generated.
   */
  public TokenProbe stopAbove(double threshold) {
    if (!Double.isFinite(threshold)) {
      throw new IllegalArgumentException("expected a finite threshold, found " + threshold);
    }
    return new TokenProbe(name, layer, site, probe, OptionalDouble.of(threshold));
  }

  /** What metadata and guardrails call it. */
  public String name() {
    return name;
  }

  /** Where it reads, in words: {@code layer 2}, or the name of a site. */
  public String place() {
    return site == null ? "layer " + layer : site;
  }

  /** The score above which an answer ends. */
  OptionalDouble stop() {
    return stop;
  }

  /** Records the score of each new token. */
  <M> Saved<Axis> record(Invoker<M> invoker) {
    return invoker
        .allSteps()
        .each(
            model -> {
              Value<Axis> score = invoker.call(name, probe, stream(model).at(-1));
              Saved<Axis> saved = score.save();
              stop.ifPresent(most -> score.gt(most).any().cond(invoker::stop));
              return saved;
            });
  }

  /** Records the scores of all tokens of the prompt. */
  <M> Saved<Axis> recordPrompt(Invoker<M> invoker) {
    return invoker.call(name, probe, stream(invoker.model())).save();
  }

  private Value<?> stream(Object model) {
    Decoder view = Decoder.of(model);
    return site == null ? view.layer(layer).output() : view.hook(site);
  }

  /**
   * Compares it with a model, without loading weights.
   *
   * @throws org.nnsight4j.error.RecordingException if the model has no such place, or of another
   *     width
   */
  void requireFits(LanguageModel<?> model) {
    Dims dims = dims(model);
    if (dims.rank() != 3 || !dims.get(1).is(Dim.POSITION)) {
      throw new IllegalArgumentException(
          "probe '%s': expected a place with a vector for each token, %s gives scores %s"
              .formatted(name, place(), dims));
    }
    if (dims.get(2).size() != 1) {
      throw new IllegalArgumentException(
          "probe '%s': expected a probe with one output, found %s; give one row of its weights"
              .formatted(name, dims.get(2).size()));
    }
  }

  private <M> Dims dims(LanguageModel<M> model) {
    Scan<Saved<Axis>> scan =
        model.scan(generator -> generator.invoke(new long[] {0}, this::recordPrompt));
    return scan.of(scan.result()).dims();
  }

  @Override
  public String toString() {
    return "probe '%s' at %s".formatted(name, place());
  }
}
