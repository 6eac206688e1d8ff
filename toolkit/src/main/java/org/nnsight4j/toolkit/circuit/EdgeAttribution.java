package org.nnsight4j.toolkit.circuit;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Passes;

/**
 * Edge attribution patching (EAP: Syed et al. 2023) with integrated gradients (EAP-IG: Hanna et al.
 * 2024): how much an answer depends on each edge, on what a head or an MLP {@code v} reads of what
 * another part {@code u} wrote, for all edges at once.
 *
 * <pre>
 * score(u, v) = sum over positions of (u_clean - u_corrupted) . dm/d(input of v)
 * </pre>
 *
 * <p>The gradient is the mean of those at the embeddings {@code corrupted + k/n (clean -
 * corrupted)}, {@code k = 0 ... n - 1}, or after {@link #plain()} that of the clean run. {@code
 * input of v} is the residual stream before the normalisation, as the queries, keys or values of
 * one head read it, an MLP, or the logits. A score above 0 is an edge that helps the answer: EAP-IG
 * and MIB give the same numbers for the loss {@code -m}.
 *
 * <pre>{@code
 * EdgeAttributionResult edges =
 *     EdgeAttribution.of(gpt2).answer(" Mary").against(" John").run(clean, corrupted);
 * edges.circuit().top(200).pruned();
 * }</pre>
 *
 * <p>One pass with a row for each step, one gradient through all of it, and one for each reader
 * through its own projection. With grouped queries, heads of keys and values are readers, each
 * once. A model may have edits that change what a part reads or computes, or add a constant; others
 * are refused. Immutable.
 */
public final class EdgeAttribution {
  private final LanguageModel<?> model;
  private final CircuitSizes sizes;
  private final Contrast contrast;
  private final Asked asked;
  private final Progress progress;

  /** What was asked for; no steps are the gradient of the clean run. */
  record Asked(int steps, boolean positions, int pairsAtOnce) {}

  private EdgeAttribution(
      LanguageModel<?> model,
      CircuitSizes sizes,
      Contrast contrast,
      Asked asked,
      Progress progress) {
    this.model = model;
    this.sizes = sizes;
    this.contrast = contrast;
    this.asked = asked;
    this.progress = progress;
  }

  /** EAP-IG with 5 steps, all positions together. */
  public static EdgeAttribution of(LanguageModel<?> model) {
    return new EdgeAttribution(
        model, CircuitSizes.of(model), Contrast.none(model), new Asked(5, false, 4), Progress.NONE);
  }

  private EdgeAttribution with(Contrast other) {
    return new EdgeAttribution(model, sizes, other, asked, progress);
  }

  private EdgeAttribution with(Asked other) {
    return new EdgeAttribution(model, sizes, contrast, other, progress);
  }

  /** The token that clean prompts call for: a text of one token. */
  public EdgeAttribution answer(String token) {
    return with(contrast.answer(List.of(Answer.of(model, token))));
  }

  /** {@link #answer(String)} by its id. */
  public EdgeAttribution answer(long id) {
    return with(contrast.answer(List.of(Answer.of(model, id))));
  }

  /** One answer for each pair of prompts. */
  public EdgeAttribution answers(List<String> tokens) {
    return with(contrast.answer(contrast.texts(tokens)));
  }

  /** The token that corrupted prompts call for, whose logit is subtracted. */
  public EdgeAttribution against(String token) {
    return with(contrast.against(List.of(Answer.of(model, token))));
  }

  /** {@link #against(String)} by its id. */
  public EdgeAttribution against(long id) {
    return with(contrast.against(List.of(Answer.of(model, id))));
  }

  /** One other answer for each pair of prompts. */
  public EdgeAttribution againstEach(List<String> tokens) {
    return with(contrast.against(contrast.texts(tokens)));
  }

  /** EAP without integration: the gradient of the clean run. */
  public EdgeAttribution plain() {
    return with(new Asked(0, asked.positions, asked.pairsAtOnce));
  }

  /** The number of steps of integrated gradients; more are more exact. */
  public EdgeAttribution steps(int count) {
    if (count < 1) {
      throw new RunException(
          "expected a step or more, found %s; plain() is EAP without steps".formatted(count));
    }
    return with(new Asked(count, asked.positions, asked.pairsAtOnce));
  }

  /** Scores of each position by itself; prompts then have one length. */
  public EdgeAttribution everyPosition() {
    return with(new Asked(asked.steps, true, asked.pairsAtOnce));
  }

  /** How many pairs run in one pass; 4 if this is not called. */
  public EdgeAttribution pairsAtOnce(int count) {
    if (count < 1) {
      throw new RunException("expected a pair or more at once, found " + count);
    }
    return with(new Asked(asked.steps, asked.positions, count));
  }

  /** Listens to the work: one part is one pair of prompts. */
  public EdgeAttribution progress(Progress listener) {
    return new EdgeAttribution(model, sizes, contrast, asked, Progress.required(listener));
  }

  /**
   * What {@link #run(String, String)} will do. Beside one gradient through the whole pass there is
   * a short one for each reader, through its projection and normalisation.
   */
  public Cost cost(String clean, String corrupted) {
    PromptPairs pairs = PromptPairs.of(model, List.of(clean), List.of(corrupted));
    long rows = 2L + asked.steps;
    long length = pairs.clean().get(0).length();
    long writes = 4L * sizes.writers().size() * length * sizes.width();
    return new Cost(rows, 1, rows * length, writes + 4L * sizes.edgeCount());
  }

  /** Runs on a pair of texts of as many tokens. */
  public EdgeAttributionResult run(String clean, String corrupted) {
    return run(List.of(clean), List.of(corrupted));
  }

  /** Runs on pairs: the n-th clean text belongs to the n-th corrupted one; scores are means. */
  public EdgeAttributionResult run(List<String> clean, List<String> corrupted) {
    return run(PromptPairs.of(model, clean, corrupted));
  }

  /** Runs on a pair of token ids. */
  public EdgeAttributionResult run(long[] clean, long[] corrupted) {
    return run(PromptPairs.of(model, clean, corrupted));
  }

  /** Runs on pairs of token ids. */
  public EdgeAttributionResult runIds(List<long[]> clean, List<long[]> corrupted) {
    return run(PromptPairs.ofIds(model, clean, corrupted));
  }

  private EdgeAttributionResult run(PromptPairs pairs) {
    contrast.require(pairs.size());
    List<List<Integer>> batches = pairs.batches(asked.pairsAtOnce);
    if (asked.positions
        && pairs.clean().stream().mapToInt(each -> each.length()).distinct().count() > 1) {
      throw new RunException(
          "expected prompts of one length, so that positions can be compared; without"
              + " everyPosition() lengths may differ");
    }
    EditedSums.require(model, sizes, pairs, "edge attribution");
    List<EdgeScores> found = new ArrayList<>();
    long done = 0;
    for (List<Integer> batch : batches) {
      found.add(new EdgeGradients(model, sizes, contrast, asked).of(pairs, batch));
      done += batch.size();
      progress.at(done, pairs.size());
    }
    return new EdgeAttributionResult(
        pairs,
        contrast.label(),
        asked,
        Passes.layerNames(model),
        EdgeScores.mean(found, pairs.size()),
        sizes);
  }
}
