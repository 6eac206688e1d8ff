package org.nnsight4j.toolkit.steering;

import org.nnsight4j.Edit;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.internal.Numbers;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.values.Value;

/**
 * Removes a direction from everything that is written to the residual stream (Arditi et al. 2024):
 * {@code x - <x, u> u} at the embeddings and at what each attention and MLP adds. Nothing can then
 * be written along {@code u}; this gives the same logits as weights (and biases) from which the
 * direction was removed.
 *
 * <pre>{@code
 * LanguageModel<Gpt2> without = gpt2.with(DirectionAblation.of(refusal.direction(9)).edit(gpt2));
 * }</pre>
 */
public final class DirectionAblation {
  private final double[] unit;

  private DirectionAblation(double[] unit) {
    this.unit = unit;
  }

  /**
   * Removes a direction of any length but 0.
   *
   * @param direction {@code [hidden]}
   */
  public static DirectionAblation of(double[] direction) {
    double norm = Numbers.norm(direction);
    if (!(norm > 0) || Double.isInfinite(norm)) {
      throw new RunException(
          "expected a direction of a finite length above 0, found the length " + norm);
    }
    return new DirectionAblation(Numbers.times(direction, 1 / norm));
  }

  /** Records the removal on an invoker's rows, at every step. */
  public void on(LanguageModel<?> model, Invoker<?> invoker) {
    onCaptured(model, invoker);
  }

  private <M> void onCaptured(LanguageModel<?> model, Invoker<M> invoker) {
    invoker.allSteps().forEach((M any) -> record(model, Decoder.of(any)));
  }

  /** The removal as an edit of a model. */
  public Edit edit(LanguageModel<?> model) {
    return editOf(model);
  }

  private <M> Edit editOf(LanguageModel<M> model) {
    return model.edit(invoker -> record(model, Decoder.of(invoker.model())));
  }

  private void record(LanguageModel<?> model, Decoder view) {
    DecoderPlaces places = Passes.places(model);
    if (unit.length != Passes.width(model)) {
      throw view.fail(
          "the direction has %s numbers, this model's residual stream %s"
              .formatted(unit.length, Passes.width(model)));
    }
    remove(view, SiteKey.input(places.layers().get(0).module()));
    for (int i = 0; i < view.layerCount(); i++) {
      if (!view.layer(i).addsUp()) {
        throw view.fail(
            "%s normalises the residual stream itself, which can write along any direction"
                .formatted(view.layer(i)));
      }
      remove(view, places.layers().get(i).attentionOut());
      remove(view, places.layers().get(i).mlpOut());
    }
  }

  private void remove(Decoder view, SiteKey site) {
    Value<Axis> written = Passes.read(view, site);
    Value<Axis> direction = written.constant(Numbers.tensor(unit));
    written.set(written.sub(direction.mul(written.mul(direction).sum(-1, true))));
  }
}
