package org.nnsight4j.toolkit.patching;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Sweep;
import org.nnsight4j.error.RunException;
import org.nnsight4j.sweep.Metrics;
import org.nnsight4j.sweep.SweepReport;
import org.nnsight4j.sweep.SweepResult;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Identity;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;

/**
 * Activation patching (Vig et al. 2020; Meng et al. 2022; Heimersheim and Nanda 2024): at each
 * place alone, the value of one run is put into another run, and an answer is measured.
 *
 * <ul>
 *   <li>{@link #denoise()}, the usual: the clean value into the corrupted run. The effect {@code (m
 *       - m_corrupted) / (m_clean - m_corrupted)} is 1 if this place alone brings the answer back.
 *   <li>{@link #noise()}: the corrupted value into the clean run. The effect {@code (m_clean - m) /
 *       (m_clean - m_corrupted)} is 1 if the answer needs this place.
 * </ul>
 *
 * <pre>{@code
 * ActivationPatching.of(gpt2).answer(" Mary").against(" John")
 *     .run("When Mary and John went to the store, John gave a drink to",
 *          "When John and Mary went to the store, Mary gave a drink to");
 * }</pre>
 *
 * <p>It is a planned {@link Sweep}: only what a patch changes is computed. The measure is a
 * difference of logits, or without {@link #against} a log-probability; probabilities saturate, and
 * are given beside it. Immutable.
 */
public final class ActivationPatching {
  /** The measure of effects. */
  static final String MEASURE = "measure";

  static final String PROBABILITY = "probability";
  static final String DIVERGENCE = "divergence";

  private final LanguageModel<?> model;
  private final Asked asked;
  private final Progress progress;

  /** What was asked for. */
  private record Asked(
      SweepSite site,
      boolean noise,
      boolean everyPosition,
      @Nullable Answer answer,
      @Nullable Answer against,
      long maxBytes) {}

  private ActivationPatching(LanguageModel<?> model, Asked asked, Progress progress) {
    this.model = model;
    this.asked = asked;
    this.progress = progress;
  }

  /** Denoising of the residual stream before each layer, position by position. */
  public static ActivationPatching of(LanguageModel<?> model) {
    Passes.places(model);
    return new ActivationPatching(
        model, new Asked(SweepSite.RESID_PRE, false, true, null, null, 256L << 20), Progress.NONE);
  }

  private ActivationPatching with(Asked other) {
    return new ActivationPatching(model, other, progress);
  }

  /**
   * Another kind of place. Places with heads are patched head by head at all positions together.
   */
  public ActivationPatching at(SweepSite site) {
    return with(
        new Asked(
            site, asked.noise, !site.hasHeads(), asked.answer, asked.against, asked.maxBytes));
  }

  /** Heads at each position alone, after {@link #at}. */
  public ActivationPatching everyPosition() {
    return with(
        new Asked(asked.site, asked.noise, true, asked.answer, asked.against, asked.maxBytes));
  }

  /** The clean value into the corrupted run. */
  public ActivationPatching denoise() {
    return with(
        new Asked(
            asked.site, false, asked.everyPosition, asked.answer, asked.against, asked.maxBytes));
  }

  /** The corrupted value into the clean run. */
  public ActivationPatching noise() {
    return with(
        new Asked(
            asked.site, true, asked.everyPosition, asked.answer, asked.against, asked.maxBytes));
  }

  /** The token that the clean prompt calls for: a text of one token. */
  public ActivationPatching answer(String token) {
    return answer(Answer.of(model, token));
  }

  /** {@link #answer(String)} by its id. */
  public ActivationPatching answer(long id) {
    return answer(Answer.of(model, id));
  }

  private ActivationPatching answer(Answer answer) {
    return with(
        new Asked(
            asked.site, asked.noise, asked.everyPosition, answer, asked.against, asked.maxBytes));
  }

  /** The token that the corrupted prompt calls for, whose logit is subtracted. */
  public ActivationPatching against(String token) {
    return against(Answer.of(model, token));
  }

  /** {@link #against(String)} by its id. */
  public ActivationPatching against(long id) {
    return against(Answer.of(model, id));
  }

  private ActivationPatching against(Answer against) {
    return with(
        new Asked(
            asked.site, asked.noise, asked.everyPosition, asked.answer, against, asked.maxBytes));
  }

  /** How many bytes it may take at a time, beside the weights; 256 MiB if this is not called. */
  public ActivationPatching maxBytes(long bytes) {
    return with(
        new Asked(
            asked.site, asked.noise, asked.everyPosition, asked.answer, asked.against, bytes));
  }

  /** Listens to the work: one part is one block of the network. */
  public ActivationPatching progress(Progress listener) {
    return new ActivationPatching(model, asked, Progress.required(listener));
  }

  /** What {@link #run(String, String)} will do, its forward passes in full ones. */
  public Cost cost(String clean, String corrupted) {
    List<PromptTokens> prompt = List.of(PromptTokens.of(model, clean));
    SweepReport report = sweep(prompt, List.of(PromptTokens.of(model, corrupted))).plan().report();
    long passes = (long) Math.ceil(report.forwards());
    return Cost.of(passes, passes * prompt.get(0).length(), report.bytes());
  }

  /** Runs on a pair of texts of as many tokens. */
  public ActivationPatchingResult run(String clean, String corrupted) {
    return run(List.of(clean), List.of(corrupted));
  }

  /** Runs on pairs: the n-th clean text belongs to the n-th corrupted one. */
  public ActivationPatchingResult run(List<String> clean, List<String> corrupted) {
    return runAll(PromptTokens.all(model, clean), PromptTokens.all(model, corrupted));
  }

  /** Runs on a pair of token ids. */
  public ActivationPatchingResult run(long[] clean, long[] corrupted) {
    return runAll(
        List.of(PromptTokens.of(model, clean)), List.of(PromptTokens.of(model, corrupted)));
  }

  private ActivationPatchingResult runAll(List<PromptTokens> clean, List<PromptTokens> corrupted) {
    long[] blocks = {0};
    // A sweep tells which block begins; the last one is over when the sweep is.
    SweepResult found =
        sweep(clean, corrupted)
            .plan()
            .run(
                (block, all) -> {
                  blocks[0] = all;
                  if (block > 0) {
                    progress.at(block, all);
                  }
                });
    progress.at(blocks[0], blocks[0]);
    Answer answer = java.util.Objects.requireNonNull(asked.answer);
    String measured =
        asked.against == null
            ? "log-probability of " + answer.label()
            : "%s - %s (logits)".formatted(answer.label(), asked.against.label());
    return new ActivationPatchingResult(
        new Measured(
            Identity.of(model), asked.site, asked.noise, answer, asked.against, clean, corrupted),
        Passes.layerNames(model),
        measured,
        found);
  }

  private Sweep sweep(List<PromptTokens> clean, List<PromptTokens> corrupted) {
    if (asked.answer == null) {
      throw new RunException("no answer was given; answer(\" Mary\") names the token to measure");
    }
    Passes.requireNoEdits(model, "activation patching", Passes.OWN_PARTS);
    if (clean.size() != corrupted.size()) {
      throw new RunException(
          "expected pairs, as many clean texts as corrupted ones, found %s and %s"
              .formatted(clean.size(), corrupted.size()));
    }
    List<long[]> one = new ArrayList<>();
    List<long[]> other = new ArrayList<>();
    for (int i = 0; i < clean.size(); i++) {
      clean.get(i).requireAligned(corrupted.get(i));
      one.add(clean.get(i).ids());
      other.add(corrupted.get(i).ids());
    }
    Sweep sweep =
        model
            .sweep(one.toArray(long[][]::new), other.toArray(long[][]::new))
            .at(asked.site)
            .maxBytes(asked.maxBytes);
    sweep = asked.noise ? sweep.noise() : sweep.denoise();
    if (asked.site.hasHeads()) {
      sweep = sweep.eachHead();
    }
    if (!asked.everyPosition) {
      sweep = sweep.allPositions();
    }
    long answer = asked.answer.id();
    return sweep
        .metric(
            MEASURE,
            asked.against == null
                ? Metrics.logProbability(answer)
                : Metrics.logitDifference(answer, asked.against.id()))
        .metric(PROBABILITY, Metrics.probability(answer))
        .metric(DIVERGENCE, Metrics.klFromClean());
  }
}
