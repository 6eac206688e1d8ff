package org.nnsight4j.toolkit.circuit;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.internal.Answer;

/**
 * Faithfulness of circuits (Wang et al. 2022; MIB: Mueller et al. 2025): edges of the circuit carry
 * the clean run, all others the corrupted one; how much of the answer is left?
 *
 * <pre>
 * f = (m_circuit - m_corrupted) / (m_clean - m_corrupted)
 * </pre>
 *
 * <p>The curve takes the edges with the largest absolute scores, without those that lead nowhere,
 * for growing shares {@code k} of all edges. CPR is the area under {@code f} over {@code k} (more
 * is better, 1 is a circuit that is always the model), CMD that under {@code |1 - f|} (0 is best).
 *
 * <pre>{@code
 * FaithfulnessResult curve =
 *     Faithfulness.of(gpt2).answer(" Mary").against(" John").run(circuit, clean, corrupted);
 * curve.cpr();
 * }</pre>
 *
 * <p>Exact, for grouped queries too: each reader's input is put together from what the others wrote
 * in this very run. Measures are means over pairs before they are divided, as in MIB. Immutable.
 */
public final class Faithfulness {
  /** MIB's shares of edges. */
  private static final List<Double> SHARES =
      List.of(0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0);

  private final LanguageModel<?> model;
  private final Contrast contrast;
  private final List<Double> shares;
  private final int pairsAtOnce;
  private final Progress progress;

  private Faithfulness(
      LanguageModel<?> model,
      Contrast contrast,
      List<Double> shares,
      int pairsAtOnce,
      Progress progress) {
    this.model = model;
    this.contrast = contrast;
    this.shares = List.copyOf(shares);
    this.pairsAtOnce = pairsAtOnce;
    this.progress = progress;
  }

  /** MIB's shares: 0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50 and 100 % of all edges. */
  public static Faithfulness of(LanguageModel<?> model) {
    CircuitSizes.of(model);
    return new Faithfulness(model, Contrast.none(model), SHARES, 4, Progress.NONE);
  }

  private Faithfulness with(Contrast other) {
    return new Faithfulness(model, other, shares, pairsAtOnce, progress);
  }

  /** The token that clean prompts call for: a text of one token. */
  public Faithfulness answer(String token) {
    return with(contrast.answer(List.of(Answer.of(model, token))));
  }

  /** {@link #answer(String)} by its id. */
  public Faithfulness answer(long id) {
    return with(contrast.answer(List.of(Answer.of(model, id))));
  }

  /** One answer for each pair of prompts. */
  public Faithfulness answers(List<String> tokens) {
    return with(contrast.answer(contrast.texts(tokens)));
  }

  /** The token that corrupted prompts call for, whose logit is subtracted. */
  public Faithfulness against(String token) {
    return with(contrast.against(List.of(Answer.of(model, token))));
  }

  /** {@link #against(String)} by its id. */
  public Faithfulness against(long id) {
    return with(contrast.against(List.of(Answer.of(model, id))));
  }

  /** One other answer for each pair of prompts. */
  public Faithfulness againstEach(List<String> tokens) {
    return with(contrast.against(contrast.texts(tokens)));
  }

  /** Other shares of all edges, from 0 to 1 and growing. */
  public Faithfulness shares(double... some) {
    List<Double> chosen = new ArrayList<>();
    for (double share : some) {
      if (!(share >= 0 && share <= 1)
          || (!chosen.isEmpty() && share <= chosen.get(chosen.size() - 1))) {
        throw new RunException(
            "expected growing shares from 0 to 1, found " + java.util.Arrays.toString(some));
      }
      chosen.add(share);
    }
    if (chosen.size() < 2) {
      throw new RunException(
          "expected two shares or more, so that there is an area, found " + chosen);
    }
    return new Faithfulness(model, contrast, chosen, pairsAtOnce, progress);
  }

  /** How many pairs run in one pass; 4 if this is not called. */
  public Faithfulness pairsAtOnce(int count) {
    if (count < 1) {
      throw new RunException("expected a pair or more at once, found " + count);
    }
    return new Faithfulness(model, contrast, shares, count, progress);
  }

  /** Listens to the work: one part is one circuit on all pairs. */
  public Faithfulness progress(Progress listener) {
    return new Faithfulness(model, contrast, shares, pairsAtOnce, Progress.required(listener));
  }

  /** What {@link #run(Circuit, String, String)} will do; rows count as passes. */
  public Cost cost(Circuit circuit, String clean, String corrupted) {
    PromptPairs pairs = PromptPairs.of(model, List.of(clean), List.of(corrupted));
    Circuit own = fitting(circuit, pairs);
    long rows = 0;
    long most = 0;
    for (double share : shares) {
      long each = pass(own.topShare(share).pruned(), pairs).rowsPerPair();
      rows += each;
      most = Math.max(most, each);
    }
    long length = pairs.clean().get(0).length();
    long width = own.sizes().width();
    return Cost.of(
        rows, rows * length, 4 * length * width * (most + 2L * own.sizes().writers().size()));
  }

  /** The curve of a circuit's scores, on a pair of texts of as many tokens. */
  public FaithfulnessResult run(Circuit circuit, String clean, String corrupted) {
    return run(circuit, List.of(clean), List.of(corrupted));
  }

  /** On pairs: the n-th clean text belongs to the n-th corrupted one. */
  public FaithfulnessResult run(Circuit circuit, List<String> clean, List<String> corrupted) {
    return run(circuit, PromptPairs.of(model, clean, corrupted));
  }

  /** On a pair of token ids. */
  public FaithfulnessResult run(Circuit circuit, long[] clean, long[] corrupted) {
    return run(circuit, PromptPairs.of(model, clean, corrupted));
  }

  /** On pairs of token ids. */
  public FaithfulnessResult runIds(Circuit circuit, List<long[]> clean, List<long[]> corrupted) {
    return run(circuit, PromptPairs.ofIds(model, clean, corrupted));
  }

  /**
   * The measure with the edges that are included in a circuit, and no others; edges that lead
   * nowhere are not taken out.
   */
  public double measure(Circuit circuit, String clean, String corrupted) {
    return measure(circuit, PromptPairs.of(model, List.of(clean), List.of(corrupted)));
  }

  /** {@link #measure(Circuit, String, String)} of token ids. */
  public double measure(Circuit circuit, long[] clean, long[] corrupted) {
    return measure(circuit, PromptPairs.of(model, clean, corrupted));
  }

  private double measure(Circuit circuit, PromptPairs pairs) {
    contrast.require(pairs.size());
    Circuit own = fitting(circuit, pairs);
    EditedSums.require(model, own.sizes(), pairs, "faithfulness");
    return measured(own, pairs).circuit();
  }

  private FaithfulnessResult run(Circuit circuit, PromptPairs pairs) {
    contrast.require(pairs.size());
    Circuit own = fitting(circuit, pairs);
    if (own.edges().stream().anyMatch(edge -> Double.isNaN(edge.score()))) {
      throw new RunException(
          "expected a score for each edge, so that the curve can take the largest, found edges"
              + " without; measure(...) is the circuit as it is");
    }
    EditedSums.require(model, own.sizes(), pairs, "faithfulness");
    List<Integer> counts = new ArrayList<>();
    double[] measures = new double[shares.size()];
    double clean = 0;
    double corrupted = 0;
    for (int i = 0; i < measures.length; i++) {
      Circuit part = own.topShare(shares.get(i)).pruned();
      RewiredPass.Measured measured = measured(part, pairs);
      counts.add(part.included().size());
      measures[i] = measured.circuit();
      clean = measured.clean();
      corrupted = measured.corrupted();
      progress.at(i + 1L, measures.length);
    }
    if (Math.abs(clean - corrupted) <= 1e-6 * (Math.abs(clean) + Math.abs(corrupted))) {
      throw new RunException(
          "clean and corrupted prompts give the same measure (%s and %s), so there is nothing to share"
              .formatted(clean, corrupted));
    }
    return new FaithfulnessResult(contrast.label(), shares, counts, measures, clean, corrupted);
  }

  private RewiredPass.Measured measured(Circuit circuit, PromptPairs pairs) {
    RewiredPass pass = pass(circuit, pairs);
    double clean = 0;
    double corrupted = 0;
    double own = 0;
    for (List<Integer> batch : pairs.batches(pairsAtOnce)) {
      RewiredPass.Measured measured = pass.of(pairs, batch);
      clean += measured.clean() / pairs.size();
      corrupted += measured.corrupted() / pairs.size();
      own += measured.circuit() / pairs.size();
    }
    return new RewiredPass.Measured(corrupted, clean, own);
  }

  private RewiredPass pass(Circuit circuit, PromptPairs pairs) {
    int positions = circuit.hasPositions() ? pairs.clean().get(0).length() : 0;
    return new RewiredPass(model, contrast, new EdgeMasks(circuit, positions));
  }

  /** The circuit for this model: a file may name shared keys and values by heads of queries. */
  private Circuit fitting(Circuit circuit, PromptPairs pairs) {
    CircuitSizes sizes = CircuitSizes.of(model);
    Circuit own = circuit.sizes().grouped() ? circuit : circuit.grouped(sizes.keyValueHeads());
    if (!own.sizes().equals(sizes)) {
      throw new RunException(
          "expected a circuit of this model, %s, found one of %s".formatted(sizes, own.sizes()));
    }
    if (circuit.hasPositions()) {
      int most =
          circuit.edges().stream().mapToInt(edge -> edge.source().position()).max().orElse(0);
      if (pairs.clean().stream().anyMatch(prompt -> prompt.length() != most + 1)) {
        throw new RunException(
            "expected prompts of %s tokens, which the circuit's edges are of, found %s"
                .formatted(most + 1, pairs.clean().stream().map(each -> each.length()).toList()));
      }
    }
    return own;
  }
}
