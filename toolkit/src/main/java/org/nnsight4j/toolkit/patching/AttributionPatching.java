package org.nnsight4j.toolkit.patching;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Identity;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * Attribution patching (Nanda 2023; Kramár et al. 2024): an estimate of what activation patching
 * would give at all places at once, {@code (a_clean - a_corrupted) . dm/da} with the gradient taken
 * in the corrupted run (denoising) or, after {@link #noise()}, in the clean run.
 *
 * <pre>{@code
 * AttributionPatchingResult estimate =
 *     AttributionPatching.of(gpt2).answer(" Mary").against(" John").run(clean, corrupted);
 * estimate.rankCorrelation(ActivationPatching.of(gpt2).answer(" Mary").against(" John").run(clean, corrupted));
 * }</pre>
 *
 * <p>One pass with both prompts and one gradient. It is a first-order estimate: where attention is
 * sharp it can be off by far, so compare it with some true patches. Immutable.
 */
public final class AttributionPatching {
  private final LanguageModel<?> model;
  private final SweepSite site;
  private final boolean noise;
  private final @Nullable Answer answer;
  private final @Nullable Answer against;

  private AttributionPatching(
      LanguageModel<?> model,
      SweepSite site,
      boolean noise,
      @Nullable Answer answer,
      @Nullable Answer against) {
    this.model = model;
    this.site = site;
    this.noise = noise;
    this.answer = answer;
    this.against = against;
  }

  /** The residual stream before each layer. */
  public static AttributionPatching of(LanguageModel<?> model) {
    Passes.places(model);
    return new AttributionPatching(model, SweepSite.RESID_PRE, false, null, null);
  }

  /**
   * Another kind of place.
   *
   * @throws RunException for attention patterns, whose values of two runs have no common meaning
   */
  public AttributionPatching at(SweepSite other) {
    if (other == SweepSite.PATTERN || other == SweepSite.RESID_MID) {
      throw new RunException(
          "expected a place with a vector for each token that can be written, found %s; ActivationPatching has it"
              .formatted(other));
    }
    return new AttributionPatching(model, other, noise, answer, against);
  }

  /** The gradient of the clean run; effects are what the corrupted value would take. */
  public AttributionPatching noise() {
    return new AttributionPatching(model, site, true, answer, against);
  }

  /** The token that the clean prompt calls for: a text of one token. */
  public AttributionPatching answer(String token) {
    return new AttributionPatching(model, site, noise, Answer.of(model, token), against);
  }

  /** {@link #answer(String)} by its id. */
  public AttributionPatching answer(long id) {
    return new AttributionPatching(model, site, noise, Answer.of(model, id), against);
  }

  /** The token that the corrupted prompt calls for, whose logit is subtracted. */
  public AttributionPatching against(String token) {
    return new AttributionPatching(model, site, noise, answer, Answer.of(model, token));
  }

  /** {@link #against(String)} by its id. */
  public AttributionPatching against(long id) {
    return new AttributionPatching(model, site, noise, answer, Answer.of(model, id));
  }

  /** What {@link #run(String, String)} will do. */
  public Cost cost(String clean, String corrupted) {
    long tokens =
        PromptTokens.of(model, clean).length() + (long) PromptTokens.of(model, corrupted).length();
    return new Cost(2, 1, tokens, 0);
  }

  /** Runs on a pair of texts of as many tokens. */
  public AttributionPatchingResult run(String clean, String corrupted) {
    return over(PromptTokens.of(model, clean), PromptTokens.of(model, corrupted));
  }

  /** Runs on a pair of token ids. */
  public AttributionPatchingResult run(long[] clean, long[] corrupted) {
    return over(PromptTokens.of(model, clean), PromptTokens.of(model, corrupted));
  }

  /** The effects of each layer, and the measures of both runs. */
  private record Recorded(List<Saved<Axis>> effects, Saved<Axis> clean, Saved<Axis> corrupted) {}

  private AttributionPatchingResult over(PromptTokens clean, PromptTokens corrupted) {
    if (answer == null) {
      throw new RunException("no answer was given; answer(\" Mary\") names the token to measure");
    }
    Passes.requireNoEdits(model, "attribution patching", Passes.OWN_PARTS);
    Answer wanted = answer;
    clean.requireAligned(corrupted);
    List<Value<Axis>> cleanPlaces = new ArrayList<>();
    List<Value<Axis>> cleanMeasure = new ArrayList<>();
    Recorded recorded =
        java.util.Objects.requireNonNull(
            Passes.all(
                    model,
                    List.of(clean.ids(), corrupted.ids()),
                    (view, row) -> {
                      List<Value<Axis>> places = places(view);
                      Value<Axis> measure = measure(view, wanted);
                      if (row == 0) {
                        cleanPlaces.addAll(places);
                        cleanMeasure.add(measure);
                        return new Recorded(List.of(), measure.save(), measure.save());
                      }
                      return new Recorded(
                          effects(cleanPlaces, places, cleanMeasure.get(0), measure),
                          cleanMeasure.get(0).save(),
                          measure.save());
                    })
                .get(1));
    List<double[][]> byLayer = new ArrayList<>();
    for (Saved<Axis> each : recorded.effects) {
      byLayer.add(rows(each.value(), clean.length()));
    }
    return new AttributionPatchingResult(
        new Measured(
            Identity.of(model), site, noise, wanted, against, List.of(clean), List.of(corrupted)),
        Passes.layerNames(model),
        recorded.clean.value().item(),
        recorded.corrupted.value().item(),
        byLayer);
  }

  private List<Saved<Axis>> effects(
      List<Value<Axis>> clean,
      List<Value<Axis>> corrupted,
      Value<Axis> cleanMeasure,
      Value<Axis> corruptedMeasure) {
    List<Saved<Axis>> effects = new ArrayList<>();
    for (int i = 0; i < clean.size(); i++) {
      Value<Axis> gradient =
          noise ? clean.get(i).gradient(cleanMeasure) : corrupted.get(i).gradient(corruptedMeasure);
      effects.add(clean.get(i).sub(corrupted.get(i)).mul(gradient).sum(-1).save());
    }
    return effects;
  }

  /** {@code [head or 1][position]} of {@code [1, position]} or {@code [1, head, position]}. */
  private static double[][] rows(Tensor effects, int length) {
    double[] all = effects.toDoubleArray();
    double[][] rows = new double[all.length / length][];
    for (int i = 0; i < rows.length; i++) {
      rows[i] = java.util.Arrays.copyOfRange(all, i * length, (i + 1) * length);
    }
    return rows;
  }

  private Value<Axis> measure(Decoder view, Answer wanted) {
    Value<Axis> logits = Passes.any(view.logits().at(-1));
    Value<Axis> logit = logits.get("0, " + wanted.id());
    return against == null
        ? logits.logSoftmax(-1).get("0, " + wanted.id())
        : logit.sub(logits.get("0, " + against.id()));
  }

  private List<Value<Axis>> places(Decoder view) {
    List<Value<Axis>> places = new ArrayList<>();
    for (int i = 0; i < view.layerCount(); i++) {
      places.add(place(view, i));
    }
    return places;
  }

  private Value<Axis> place(Decoder view, int index) {
    var layer = view.layer(index);
    return Passes.any(
        switch (site) {
          case RESID_PRE -> layer.input();
          case RESID_POST -> layer.output();
          case ATTN_OUT -> layer.attentionOut();
          case MLP_OUT -> layer.mlpOut();
          case Z -> layer.attention().z();
          case Q -> layer.attention().q();
          case K -> layer.attention().k();
          case V -> layer.attention().v();
          default -> throw new IllegalStateException("refused by at(...)");
        });
  }
}
