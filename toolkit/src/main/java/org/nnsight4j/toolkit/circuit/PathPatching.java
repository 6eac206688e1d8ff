package org.nnsight4j.toolkit.circuit;

import java.util.Arrays;
import java.util.List;
import java.util.function.Predicate;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.circuit.CircuitNode.Kind;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Passes;

/**
 * Path patching (Wang et al. 2022; Goldowsky-Dill et al. 2023): what one part wrote in another run
 * reaches only some receivers; how much of the answer goes along these paths?
 *
 * <ol>
 *   <li>The sender's output is that of the other run, and all {@linkplain #freeze frozen} nodes
 *       keep the output of their own run. What the receivers then read by their queries, keys,
 *       values or as a whole is kept.
 *   <li>In a run as it was, only the receivers have what was kept; all else is computed.
 * </ol>
 *
 * <p>Frozen are heads, as Wang et al. do: paths through MLPs count. After {@link #freezeAll()} only
 * the direct way from the sender to the receivers counts. The effect is {@code (m - m_corrupted) /
 * (m_clean - m_corrupted)} with clean senders in the corrupted run, or after {@link #noise()}
 * {@code (m_clean - m) / (m_clean - m_corrupted)} with corrupted senders in the clean run.
 *
 * <pre>{@code
 * PathPatching.of(gpt2).answer(" Mary").against(" John")
 *     .into(Receiver.queries(9, 9), Receiver.queries(9, 6)).run(clean, corrupted);
 * }</pre>
 *
 * <p>Exact: nothing is made linear. Two rows for each sender. Immutable.
 */
public final class PathPatching {
  private final LanguageModel<?> model;
  private final CircuitSizes sizes;
  private final Contrast contrast;
  private final PathRequest asked;
  private final Progress progress;

  private PathPatching(
      LanguageModel<?> model,
      CircuitSizes sizes,
      Contrast contrast,
      PathRequest asked,
      Progress progress) {
    this.model = model;
    this.sizes = sizes;
    this.contrast = contrast;
    this.asked = asked;
    this.progress = progress;
  }

  /** Denoising of the ways from all heads and MLPs to the logits, with all heads frozen. */
  public static PathPatching of(LanguageModel<?> model) {
    return new PathPatching(
        model,
        CircuitSizes.of(model),
        Contrast.none(model),
        new PathRequest(
            List.of(Receiver.logits()),
            List.of(),
            node -> node.kind() == Kind.HEAD,
            List.of(),
            false,
            8),
        Progress.NONE);
  }

  private PathPatching with(Contrast other) {
    return new PathPatching(model, sizes, other, asked, progress);
  }

  private PathPatching with(PathRequest other) {
    return new PathPatching(model, sizes, contrast, other, progress);
  }

  /** The token that clean prompts call for: a text of one token. */
  public PathPatching answer(String token) {
    return with(contrast.answer(List.of(Answer.of(model, token))));
  }

  /** {@link #answer(String)} by its id. */
  public PathPatching answer(long id) {
    return with(contrast.answer(List.of(Answer.of(model, id))));
  }

  /** One answer for each pair of prompts. */
  public PathPatching answers(List<String> tokens) {
    return with(contrast.answer(contrast.texts(tokens)));
  }

  /** The token that corrupted prompts call for, whose logit is subtracted. */
  public PathPatching against(String token) {
    return with(contrast.against(List.of(Answer.of(model, token))));
  }

  /** {@link #against(String)} by its id. */
  public PathPatching against(long id) {
    return with(contrast.against(List.of(Answer.of(model, id))));
  }

  /** One other answer for each pair of prompts. */
  public PathPatching againstEach(List<String> tokens) {
    return with(contrast.against(contrast.texts(tokens)));
  }

  /**
   * Who receives; several receive together.
   *
   * @throws RunException if the model has no such receiver, or if the logits are one of several
   */
  public PathPatching into(Receiver... some) {
    List<Receiver> receivers = Arrays.stream(some).distinct().toList();
    if (receivers.isEmpty()) {
      throw new RunException("expected a receiver or more, found none");
    }
    for (Receiver each : receivers) {
      require(each);
    }
    if (receivers.size() > 1 && receivers.contains(Receiver.logits())) {
      throw new RunException(
          "expected the logits as the only receiver, found them beside others: %s; run them by themselves"
              .formatted(receivers));
    }
    return with(asked.into(receivers));
  }

  private void require(Receiver receiver) {
    CircuitNode node = receiver.node();
    boolean shared =
        receiver.input() == CircuitEdge.Input.K || receiver.input() == CircuitEdge.Input.V;
    int heads = shared ? sizes.keyValueHeads() : sizes.heads();
    if (node.layer() >= sizes.layers() || node.head() >= heads) {
      throw new RunException(
          "there is no receiver %s: this model has %s, counted from 0"
              .formatted(receiver, sizes.words()));
    }
  }

  /** Who sends, each by itself: the embedding, heads or MLPs that come before a receiver. */
  public PathPatching from(CircuitNode... some) {
    List<CircuitNode> senders = Arrays.stream(some).distinct().toList();
    for (CircuitNode each : senders) {
      if (!sizes.writers().contains(each)) {
        throw new RunException(
            "there is no sender %s: this model has %s, counted from 0; what writes is input, heads such as a0.h1, and MLPs such as m0"
                .formatted(each, sizes.words()));
      }
    }
    return with(asked.from(senders));
  }

  /**
   * Which nodes keep the output of their own run on the way from the sender to the receivers; the
   * others are computed.
   *
   * @param rule of heads and MLPs
   */
  public PathPatching freeze(Predicate<CircuitNode> rule) {
    return with(asked.freeze(rule));
  }

  /** Heads keep the output of their own run, MLPs are computed; the usual. */
  public PathPatching freezeHeads() {
    return freeze(node -> node.kind() == Kind.HEAD);
  }

  /** Heads and MLPs keep the output of their own run: only the direct way is left. */
  public PathPatching freezeAll() {
    return freeze(node -> true);
  }

  /** Senders send at these positions only: from 0, or from -1 backwards. */
  public PathPatching positions(int... some) {
    return with(asked.at(Arrays.stream(some).distinct().boxed().toList()));
  }

  /** The clean run's senders in the corrupted run. */
  public PathPatching denoise() {
    return noise(false);
  }

  /** The corrupted run's senders in the clean run, as Wang et al. do. */
  public PathPatching noise() {
    return noise(true);
  }

  private PathPatching noise(boolean yes) {
    return with(asked.noise(yes));
  }

  /** How many senders run in one pass; 8 if this is not called. */
  public PathPatching sendersAtOnce(int count) {
    if (count < 1) {
      throw new RunException("expected a sender or more at once, found " + count);
    }
    return with(asked.atOnce(count));
  }

  /** Listens to the work: one part is one sender on one pair of prompts. */
  public PathPatching progress(Progress listener) {
    return new PathPatching(model, sizes, contrast, asked, Progress.required(listener));
  }

  /** What {@link #run(String, String)} will do; rows count as passes. */
  public Cost cost(String clean, String corrupted) {
    PromptPairs pairs = PromptPairs.of(model, List.of(clean), List.of(corrupted));
    int all = senders().size();
    long batches = (all + asked.sendersAtOnce() - 1) / asked.sendersAtOnce();
    long each = asked.receivers().contains(Receiver.logits()) ? 1 : 2;
    long rows = 2 * batches + each * all;
    return Cost.of(rows, rows * pairs.clean().get(0).length(), 0);
  }

  /** Runs on a pair of texts of as many tokens. */
  public PathPatchingResult run(String clean, String corrupted) {
    return run(List.of(clean), List.of(corrupted));
  }

  /** Runs on pairs: the n-th clean text belongs to the n-th corrupted one; effects of means. */
  public PathPatchingResult run(List<String> clean, List<String> corrupted) {
    return run(PromptPairs.of(model, clean, corrupted));
  }

  /** Runs on a pair of token ids. */
  public PathPatchingResult run(long[] clean, long[] corrupted) {
    return run(PromptPairs.of(model, clean, corrupted));
  }

  /** The senders, each of which comes before a receiver. */
  private List<CircuitNode> senders() {
    int most = 0;
    for (CircuitSizes.Reader reader : sizes.readers()) {
      boolean receives =
          asked.receivers().stream()
              .anyMatch(
                  each ->
                      each.node().layer() == reader.node().layer()
                          && (each.input() == CircuitEdge.Input.WHOLE)
                              == (reader.input() == CircuitEdge.Input.WHOLE)
                          && (each.node().kind() == Kind.LOGITS)
                              == (reader.node().kind() == Kind.LOGITS));
      most = receives ? Math.max(most, reader.sources()) : most;
    }
    List<CircuitNode> before = sizes.writers().subList(0, most);
    for (CircuitNode each : asked.senders()) {
      if (!before.contains(each)) {
        throw new RunException(
            "%s comes after all receivers %s, so it sends them nothing"
                .formatted(each, asked.receivers()));
      }
    }
    return asked.senders().isEmpty() ? before : asked.senders();
  }

  private PathPatchingResult run(PromptPairs pairs) {
    contrast.require(pairs.size());
    List<CircuitNode> senders = senders();
    double[] sums = new double[senders.size()];
    double clean = 0;
    double corrupted = 0;
    long done = 0;
    for (int pair = 0; pair < pairs.size(); pair++) {
      for (int from = 0; from < sums.length; from += asked.sendersAtOnce()) {
        int to = Math.min(from + asked.sendersAtOnce(), sums.length);
        PathPass.Measured found =
            new PathPass(model, sizes, contrast, asked).of(pairs, pair, senders.subList(from, to));
        for (int i = from; i < to; i++) {
          sums[i] += found.measures()[i - from] / pairs.size();
        }
        clean += from == 0 ? found.clean() / pairs.size() : 0;
        corrupted += from == 0 ? found.corrupted() / pairs.size() : 0;
        done += to - from;
        progress.at(done, (long) sums.length * pairs.size());
      }
    }
    if (Math.abs(clean - corrupted) <= 1e-6 * (Math.abs(clean) + Math.abs(corrupted))) {
      throw new RunException(
          "both kinds of prompts give the same measure (%s and %s), so there is nothing to share"
              .formatted(clean, corrupted));
    }
    return new PathPatchingResult(
        contrast.label(), asked, Passes.layerNames(model), sizes, senders, sums, clean, corrupted);
  }
}
