package org.nnsight4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.internal.sweep.Places;
import org.nnsight4j.internal.sweep.SweepAction;
import org.nnsight4j.internal.sweep.SweepPositions;
import org.nnsight4j.internal.sweep.SweepSpec;
import org.nnsight4j.sweep.SweepMetric;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.tensor.Tensor;

/**
 * The same intervention at many places, each alone, and what it does to metrics: at each of sites,
 * layers, positions, heads and strengths, for many prompts. Immutable; each method returns a
 * changed copy.
 *
 * <pre>{@code
 * SweepPlan plan =
 *     gpt2.sweep(clean, corrupted)
 *         .at(SweepSite.RESID_PRE)
 *         .denoise()
 *         .metric("difference", Metrics.logitDifference(" Mary", " John"))
 *         .plan();
 * System.out.println(plan.report());
 * SweepResult result = plan.run();
 * }</pre>
 *
 * <p>Only what an intervention changes is computed: a cell begins at its layer and its position,
 * with the keys and values of earlier positions, cells that cannot change the last position's
 * logits are not computed, and all others join one batch that grows from layer to layer. The
 * numbers are those of one forward pass for each cell ({@link SweepPlan#naive}).
 *
 * <p>A site, a metric and, over texts that stand alone, an intervention ({@link #zero}, {@link
 * #mean}, {@link #replace} or {@link #add}) have to be said. What is not said: pairs of texts are
 * patched as by {@link #denoise}, at all layers, at each position alone, at all heads together,
 * with the strength 1, in 256 MiB.
 */
@NotUserCode
public final class Sweep {
  /** The memory that a sweep takes unless it is told otherwise. */
  static final long USUAL_BYTES = 256L << 20;

  /**
   * The prompts of both runs as token ids; row i of one and row i of the other are a pair.
   *
   * @param pairs whether there are two texts for each prompt; otherwise both runs are the same
   */
  record Prompts(List<long[]> clean, List<long[]> corrupted, boolean pairs) {
    Prompts {
      clean = List.copyOf(clean);
      corrupted = List.copyOf(corrupted);
    }

    static Prompts alone(List<long[]> ids) {
      return new Prompts(ids, ids, false);
    }
  }

  /** What is asked for; null where it was not said. */
  private static final class Asked {
    private @Nullable SweepAction action;
    private @Nullable List<SweepSite> sites;
    private @Nullable List<Integer> layers;
    private SweepPositions positions = SweepPositions.EACH;
    private boolean eachHead;
    private @Nullable List<Integer> heads;
    private boolean noise;
    private @Nullable Tensor vector;
    private List<Double> strengths = List.of(1.0);
    private long maxBytes = USUAL_BYTES;

    Asked(@Nullable SweepAction action) {
      this.action = action;
    }

    Asked copy() {
      Asked copy = new Asked(action);
      copy.sites = sites;
      copy.layers = layers;
      copy.positions = positions;
      copy.eachHead = eachHead;
      copy.heads = heads;
      copy.noise = noise;
      copy.vector = vector;
      copy.strengths = strengths;
      copy.maxBytes = maxBytes;
      return copy;
    }
  }

  private final LanguageModel<?> model;
  private final Prompts prompts;
  private final Asked asked;
  private final Map<String, SweepMetric> metrics;

  private Sweep(
      LanguageModel<?> model, Prompts prompts, Asked asked, Map<String, SweepMetric> metrics) {
    this.model = model;
    this.prompts = prompts;
    this.asked = asked;
    this.metrics = metrics;
  }

  static Sweep of(LanguageModel<?> model, Prompts prompts) {
    // Two texts ask for a patch; one text says nothing of what to do with it.
    SweepAction usual = prompts.pairs() ? SweepAction.PATCH : null;
    return new Sweep(model, prompts, new Asked(usual), Map.of());
  }

  private Sweep with(Consumer<Asked> change) {
    Asked changed = asked.copy();
    change.accept(changed);
    return new Sweep(model, prompts, changed, metrics);
  }

  private Sweep acting(SweepAction action, boolean noise, @Nullable Tensor vector) {
    return with(
        changed -> {
          changed.action = action;
          changed.noise = noise;
          changed.vector = vector;
        });
  }

  // Where.

  /** The kinds of places; several are an axis of the result. */
  public Sweep at(SweepSite... sites) {
    List<SweepSite> all = given(sites, "sites");
    return with(changed -> changed.sites = all);
  }

  /** The layers, from 0, or from -1 backwards; all if this is not called. */
  public Sweep layers(int... layers) {
    List<Integer> all = Arrays.stream(layers).boxed().toList();
    return with(changed -> changed.layers = all);
  }

  /**
   * One cell for each of these positions, from the end of each prompt if negative; one for each
   * position of the longest prompt if this is not called.
   */
  public Sweep positions(int... positions) {
    return positioned(new SweepPositions(false, Arrays.stream(positions).boxed().toList()));
  }

  /** One cell that acts on all positions together, so that there is no axis of positions. */
  public Sweep allPositions() {
    return positioned(new SweepPositions(true, null));
  }

  /** One cell that acts on these positions together. */
  public Sweep together(int... positions) {
    return positioned(new SweepPositions(true, Arrays.stream(positions).boxed().toList()));
  }

  private Sweep positioned(SweepPositions positions) {
    return with(changed -> changed.positions = positions);
  }

  /** One cell for each head; without this, a cell acts on all heads together. */
  public Sweep eachHead() {
    return headed(true, null);
  }

  /** One cell for each of these heads. */
  public Sweep heads(int... heads) {
    return headed(false, Arrays.stream(heads).boxed().toList());
  }

  private Sweep headed(boolean each, @Nullable List<Integer> heads) {
    return with(
        changed -> {
          changed.eachHead = each;
          changed.heads = heads;
        });
  }

  // What.

  /**
   * Puts what the clean run has into the corrupted run: what suffices to bring the answer back. A
   * sweep over pairs does this if no other intervention is called.
   */
  public Sweep denoise() {
    requirePairs("denoise");
    return acting(SweepAction.PATCH, false, null);
  }

  /** Puts what the corrupted run has into the clean run: what is needed for the answer. */
  public Sweep noise() {
    requirePairs("noise");
    return acting(SweepAction.PATCH, true, null);
  }

  /** Puts 0 into the clean run. */
  public Sweep zero() {
    return acting(SweepAction.ZERO, true, null);
  }

  /**
   * Puts into the clean run the mean that the place has over all positions of all clean prompts of
   * the sweep.
   */
  public Sweep mean() {
    return acting(SweepAction.MEAN, true, null);
  }

  /**
   * Puts a vector into the clean run.
   *
   * @param vector as wide as the site, {@code [width]}; at heads also {@code [head, head_dim]}
   */
  public Sweep replace(Tensor vector) {
    return acting(SweepAction.REPLACE, true, Objects.requireNonNull(vector, "the vector is null"));
  }

  /**
   * Adds a vector to the clean run, times each of the {@linkplain #strengths strengths}.
   *
   * @param vector as wide as the site, {@code [width]}; at heads also {@code [head, head_dim]}
   */
  public Sweep add(Tensor vector) {
    return acting(SweepAction.ADD, true, Objects.requireNonNull(vector, "the vector is null"));
  }

  /**
   * One cell for each strength: the factor of a vector that is added; for the others, how far the
   * value moves, from 0, no change, to 1, the whole. 1 if this is not called.
   */
  public Sweep strengths(double... strengths) {
    List<Double> all = Arrays.stream(strengths).boxed().toList();
    return with(changed -> changed.strengths = all);
  }

  /**
   * How many bytes the sweep may take at the same time, beside the weights; 256 MiB if this is not
   * called. With less, it is computed in more parts.
   */
  public Sweep maxBytes(long bytes) {
    if (bytes < 1) {
      throw fail("expected a positive number of bytes, found %s".formatted(bytes));
    }
    return with(changed -> changed.maxBytes = bytes);
  }

  /** What is measured; {@link org.nnsight4j.sweep.Metrics} has the usual ones. */
  public Sweep metric(String name, SweepMetric metric) {
    Objects.requireNonNull(name, "the name of the metric is null");
    Objects.requireNonNull(metric, "the metric is null");
    Map<String, SweepMetric> more = new LinkedHashMap<>(metrics);
    if (more.put(name, metric) != null) {
      throw fail("the sweep has a metric '%s' already".formatted(name));
    }
    return new Sweep(model, prompts, asked, more);
  }

  /**
   * Plans the sweep, without weights: which cells have to be computed, and in which parts.
   *
   * @throws PlanningException if the model lacks a place, or the memory is too little
   * @throws RecordingException if there is no site or metric, or no intervention over texts that
   *     stand alone
   */
  public SweepPlan plan() {
    List<SweepSite> sites = asked.sites;
    if (sites == null) {
      throw fail("the sweep has no site; call at(SweepSite.RESID_PRE)");
    }
    SweepAction action = asked.action;
    if (action == null) {
      throw fail(
          "the sweep has no intervention; over texts that stand alone, call zero(), mean(), replace(vector) or add(vector)");
    }
    if (metrics.isEmpty()) {
      throw fail(
          "the sweep measures nothing; call metric(\"difference\", Metrics.logitDifference(\" Mary\", \" John\"))");
    }
    if (!model.edits().isEmpty()) {
      throw fail(
          "the model has edits, which a sweep would not see; sweep the model without them, or put what they do into the sweep");
    }
    Places places = new Places(model.blueprint());
    List<Integer> layers = new ArrayList<>();
    List<Integer> chosen = asked.layers;
    if (chosen == null) {
      IntStream.range(0, places.layers()).forEach(layers::add);
    } else {
      chosen.forEach(layer -> layers.add(layer < 0 ? layer + places.layers() : layer));
    }
    List<Integer> heads = asked.heads;
    if (asked.eachHead) {
      int most = sites.stream().mapToInt(places::heads).max().orElse(0);
      heads = IntStream.range(0, Math.max(1, most)).boxed().toList();
    }
    SweepSpec spec =
        new SweepSpec(
            sites, layers, asked.positions, heads, action, asked.strengths, null, asked.maxBytes);
    requireWide(sites, asked.vector);
    return SweepPlan.of(model, prompts, spec, asked.vector, asked.noise, metrics);
  }

  /** Where the residual stream is written, a vector is as wide as it. */
  private void requireWide(List<SweepSite> sites, @Nullable Tensor vector) {
    Integer hidden = model.blueprint().widths().get("hidden");
    if (vector == null || hidden == null) {
      return;
    }
    for (SweepSite site : sites) {
      switch (site) {
        case RESID_PRE, RESID_MID, RESID_POST, ATTN_OUT, MLP_OUT -> {
          if (vector.rank() != 1 || vector.size() != hidden) {
            throw fail(
                "the vector of a sweep at %s is as wide as the residual stream, expected [%s], found %s"
                    .formatted(site, hidden, vector.header()));
          }
        }
        default -> {}
      }
    }
  }

  private void requirePairs(String action) {
    if (!prompts.pairs()) {
      throw fail(
          "%s needs two texts for each prompt; there is sweep(clean, corrupted)".formatted(action));
    }
  }

  private static <T> List<T> given(T[] all, String what) {
    if (all.length == 0 || Arrays.asList(all).contains(null)) {
      throw fail("expected %s, found %s".formatted(what, Arrays.toString(all)));
    }
    return List.of(all);
  }

  private static RecordingException fail(String message) {
    return new RecordingException(Location.at(UserFrames.here()), message);
  }
}
