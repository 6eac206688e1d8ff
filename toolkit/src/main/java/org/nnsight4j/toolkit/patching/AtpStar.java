package org.nnsight4j.toolkit.patching;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;

/**
 * AtP* (Kramár et al. 2024): attribution patching without its two usual failures.
 *
 * <ul>
 *   <li>Queries and keys: where attention is sharp, a gradient through the softmax says nothing.
 *       The pattern with the patched query, or with one patched key, is computed exactly, and only
 *       what comes after it is linear: {@code (pattern' - pattern) . dm/dpattern}.
 *   <li>Gradients that cancel: the estimate is made once for each layer with no gradient through
 *       what that layer adds to the stream, and {@code sum |estimate| / (layers - 1)} is the
 *       result, which has no sign (GradDrop).
 * </ul>
 *
 * <pre>{@code
 * AtpStarResult found =
 *     AtpStar.of(gpt2).at(SweepSite.K).answer(" Mary").against(" John").run(clean, corrupted);
 * found.top(10);
 * }</pre>
 *
 * <p>One pass with a row for each layer, and one gradient. It ranks places; patch the first ones.
 * Immutable.
 */
public final class AtpStar {
  private final LanguageModel<?> model;
  private final Asked asked;
  private final Progress progress;

  /** What was asked for. */
  record Asked(
      SweepSite site,
      boolean noise,
      boolean drop,
      @Nullable Answer answer,
      @Nullable Answer against) {}

  private AtpStar(LanguageModel<?> model, Asked asked, Progress progress) {
    this.model = model;
    this.asked = asked;
    this.progress = progress;
  }

  /** The queries of each head, with the gradient of the corrupted run (denoising). */
  public static AtpStar of(LanguageModel<?> model) {
    if (Passes.layers(model) < 2) {
      throw new RunException(
          "expected a model of two layers or more, so that one can be left out of the gradient,"
              + " found one");
    }
    return new AtpStar(model, new Asked(SweepSite.Q, false, true, null, null), Progress.NONE);
  }

  private AtpStar with(Asked other) {
    return new AtpStar(model, other, progress);
  }

  /**
   * Another kind of place: {@code Q}, {@code K}, {@code V}, {@code Z}, {@code ATTN_OUT} or {@code
   * MLP_OUT}.
   *
   * @throws RunException for places that no layer adds to the stream, and for patterns
   */
  public AtpStar at(SweepSite site) {
    switch (site) {
      case Q, K, V, Z, ATTN_OUT, MLP_OUT -> {}
      default ->
          throw new RunException(
              "expected what a layer reads or adds, Q, K, V, Z, ATTN_OUT or MLP_OUT, found %s; AttributionPatching and ActivationPatching have more"
                  .formatted(site));
    }
    return with(new Asked(site, asked.noise, asked.drop, asked.answer, asked.against));
  }

  /** The gradient of the clean run; effects are what the corrupted value would take. */
  public AtpStar noise() {
    return with(new Asked(asked.site, true, asked.drop, asked.answer, asked.against));
  }

  /** One gradient through all layers: estimates with a sign, that may cancel. */
  public AtpStar withoutGradDrop() {
    return with(new Asked(asked.site, asked.noise, false, asked.answer, asked.against));
  }

  /** The token that the clean prompt calls for: a text of one token. */
  public AtpStar answer(String token) {
    return with(
        new Asked(asked.site, asked.noise, asked.drop, Answer.of(model, token), asked.against));
  }

  /** {@link #answer(String)} by its id. */
  public AtpStar answer(long id) {
    return with(
        new Asked(asked.site, asked.noise, asked.drop, Answer.of(model, id), asked.against));
  }

  /** The token that the corrupted prompt calls for, whose logit is subtracted. */
  public AtpStar against(String token) {
    return with(
        new Asked(asked.site, asked.noise, asked.drop, asked.answer, Answer.of(model, token)));
  }

  /** {@link #against(String)} by its id. */
  public AtpStar against(long id) {
    return with(new Asked(asked.site, asked.noise, asked.drop, asked.answer, Answer.of(model, id)));
  }

  /** Listens to the work: one part is one pair of prompts. */
  public AtpStar progress(Progress listener) {
    return new AtpStar(model, asked, Progress.required(listener));
  }

  /** What {@link #run(String, String)} will do; rows count as passes. */
  public Cost cost(String clean, String corrupted) {
    PromptTokens prompt = PromptTokens.of(model, clean);
    prompt.requireAligned(PromptTokens.of(model, corrupted));
    long layers = Passes.layers(model);
    long drops = asked.drop ? layers : 1;
    boolean patterns = asked.site == SweepSite.Q || asked.site == SweepSite.K;
    long rows = (patterns ? 3 : 2) + drops;
    long length = prompt.length();
    long heads = Passes.places(model).layers().get(0).attention().heads();
    long kept = 4 * layers * heads * (patterns ? (4 + drops) * length * length : drops * length);
    return new Cost(rows, 1, rows * length, kept);
  }

  /** Runs on a pair of texts of as many tokens. */
  public AtpStarResult run(String clean, String corrupted) {
    return run(List.of(clean), List.of(corrupted));
  }

  /**
   * Runs on pairs of one length: the n-th clean text belongs to the n-th corrupted one; estimates
   * are means.
   */
  public AtpStarResult run(List<String> clean, List<String> corrupted) {
    return runAll(PromptTokens.all(model, clean), PromptTokens.all(model, corrupted));
  }

  /** Runs on a pair of token ids. */
  public AtpStarResult run(long[] clean, long[] corrupted) {
    return runAll(
        List.of(PromptTokens.of(model, clean)), List.of(PromptTokens.of(model, corrupted)));
  }

  private AtpStarResult runAll(List<PromptTokens> clean, List<PromptTokens> corrupted) {
    if (asked.answer == null) {
      throw new RunException("no answer was given; answer(\" Mary\") names the token to measure");
    }
    Passes.requireNoEdits(model, "AtP*", Passes.OWN_PARTS);
    if (clean.size() != corrupted.size()) {
      throw new RunException(
          "expected pairs, as many clean texts as corrupted ones, found %s and %s"
              .formatted(clean.size(), corrupted.size()));
    }
    int length = clean.get(0).length();
    double[][][] mean = null;
    double ofClean = 0;
    double ofCorrupted = 0;
    for (int pair = 0; pair < clean.size(); pair++) {
      clean.get(pair).requireAligned(corrupted.get(pair));
      if (clean.get(pair).length() != length) {
        throw new RunException(
            "expected pairs of one length, so that positions can be compared, found %s and %s tokens"
                .formatted(length, clean.get(pair).length()));
      }
      AtpPass.Found found =
          new AtpPass(model, asked).of(clean.get(pair).ids(), corrupted.get(pair).ids());
      mean = added(mean, found.changes(), clean.size());
      ofClean += found.clean() / clean.size();
      ofCorrupted += found.corrupted() / clean.size();
      progress.at(pair + 1L, clean.size());
    }
    List<String> layers = new ArrayList<>(Passes.layerNames(model));
    return new AtpStarResult(
        clean.get(0), layers, asked, ofClean, ofCorrupted, java.util.Objects.requireNonNull(mean));
  }

  private static double[][][] added(double @Nullable [][][] sum, double[][][] more, int count) {
    double[][][] all = sum == null ? new double[more.length][][] : sum;
    for (int layer = 0; layer < more.length; layer++) {
      if (all[layer] == null) {
        all[layer] = new double[more[layer].length][more[layer][0].length];
      }
      for (int head = 0; head < more[layer].length; head++) {
        for (int p = 0; p < more[layer][head].length; p++) {
          all[layer][head][p] += more[layer][head][p] / count;
        }
      }
    }
    return all;
  }
}
