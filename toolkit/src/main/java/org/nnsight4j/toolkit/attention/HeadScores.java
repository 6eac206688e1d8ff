package org.nnsight4j.toolkit.attention;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;
import java.util.Random;
import java.util.Set;
import java.util.function.ToDoubleFunction;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Saved;

/**
 * Which heads look at the token before, at copies of their token, or at what came after a copy
 * (induction heads, Olsson et al. 2022).
 *
 * <p>{@link #run()} uses random tokens after the token that begins texts, if config.json names one,
 * repeated once at distances that vary: with one distance alone, a head that only counts positions
 * looks like an induction head. A score is the mean weight over the second halves: {@code A[i,
 * i-1]}, {@code A[i, i-T]}, {@code A[i, i-T+1]}; 1 is a head that does nothing else. {@link
 * #run(String)} scores a text of yours as TransformerLens's {@code detect_head} does: the share of
 * all attention that is where such a head would look.
 *
 * <pre>{@code
 * HeadScoresResult heads = HeadScores.of(gpt2).run();
 * heads.top(HeadKind.INDUCTION, 3);
 * }</pre>
 *
 * <p>Immutable; the same seed gives the same tokens.
 */
public final class HeadScores {
  private static final List<Integer> DISTANCES = List.of(7, 10, 13, 16);

  private final LanguageModel<?> model;
  private final OptionalInt start;
  private final List<Integer> distances;
  private final long seed;
  private final Progress progress;

  private HeadScores(
      LanguageModel<?> model,
      OptionalInt start,
      List<Integer> distances,
      long seed,
      Progress progress) {
    this.model = model;
    this.start = start;
    this.distances = List.copyOf(distances);
    this.seed = seed;
    this.progress = progress;
  }

  /** The heads of a decoder, on four sequences with distances from 7 to 16. */
  public static HeadScores of(LanguageModel<?> model) {
    Passes.places(model);
    OptionalInt start = model.config().optionalInteger("bos_token_id");
    int most = most(model, start);
    List<Integer> fitting = DISTANCES.stream().filter(each -> each <= most).toList();
    return new HeadScores(
        model, start, fitting.isEmpty() ? List.of(Math.max(1, most)) : fitting, 0, Progress.NONE);
  }

  /** The longest distance whose tokens differ and fit twice. */
  private static int most(LanguageModel<?> model, OptionalInt start) {
    int begin = start.isPresent() ? 1 : 0;
    return Math.min(
        (model.blueprint().maxPositions() - begin) / 2, model.blueprint().vocabularySize() - begin);
  }

  private static String positions(LanguageModel<?> model) {
    int most = model.blueprint().maxPositions();
    return most == Blueprint.NO_LIMIT
        ? "this model's positions, which have no limit"
        : "this model's %s positions".formatted(most);
  }

  /** The distances of copies, one sequence of twice as many tokens for each. */
  public HeadScores distances(int... each) {
    List<Integer> all = new ArrayList<>();
    for (int distance : each) {
      if (distance < 2 || distance > most(model, start)) {
        throw new RunException(
            "expected distances from 2 to %s, so that as many different tokens, of %s, fit twice into %s, found %s"
                .formatted(
                    most(model, start),
                    model.blueprint().vocabularySize(),
                    positions(model),
                    distance));
      }
      all.add(distance);
    }
    if (all.isEmpty()) {
      throw new RunException("expected a distance or more, found none");
    }
    return new HeadScores(model, start, all, seed, progress);
  }

  /** Another seed of the random tokens. */
  public HeadScores seed(long number) {
    return new HeadScores(model, start, distances, number, progress);
  }

  /** Listens to the work: one part is one sequence. */
  public HeadScores progress(Progress listener) {
    return new HeadScores(model, start, distances, seed, Progress.required(listener));
  }

  /** What {@link #run()} will do. */
  public Cost cost() {
    long tokens = 0;
    long bytes = 0;
    for (int distance : distances) {
      int length = 2 * distance + begin();
      tokens += length;
      bytes = Math.max(bytes, patternBytes(length));
    }
    return Cost.of(distances.size(), tokens, bytes);
  }

  private int begin() {
    return start.isPresent() ? 1 : 0;
  }

  private long patternBytes(int length) {
    return Passes.places(model).layers().stream()
        .mapToLong(layer -> 4L * layer.attention().heads() * length * length)
        .sum();
  }

  /** Runs on random tokens that are repeated. */
  public HeadScoresResult run() {
    Random random = new Random(seed);
    Map<HeadKind, double[][]> sums = new EnumMap<>(HeadKind.class);
    for (int i = 0; i < distances.size(); i++) {
      int distance = distances.get(i);
      long[] tokens = repeated(random, distance);
      List<double[][][]> patterns = patterns(tokens);
      for (HeadKind kind : HeadKind.values()) {
        double[][] scores = scores(patterns, pattern -> stripe(kind, pattern, distance));
        sums.merge(kind, scores, HeadScores::sum);
      }
      progress.at(i + 1L, distances.size());
    }
    sums.replaceAll((kind, sum) -> divided(sum, distances.size()));
    return new HeadScoresResult(
        "random tokens, repeated at distances %s".formatted(distances), sums);
  }

  /** Different tokens, so that nothing but the repetition repeats. */
  private long[] repeated(Random random, int distance) {
    Set<Long> tokens = new LinkedHashSet<>();
    while (tokens.size() < distance) {
      int token = random.nextInt(model.blueprint().vocabularySize());
      if (start.isEmpty() || token != start.getAsInt()) {
        tokens.add((long) token);
      }
    }
    long[] all = new long[2 * distance + begin()];
    int i = begin();
    start.ifPresent(token -> all[0] = token);
    for (long token : tokens) {
      all[i] = token;
      all[i + distance] = token;
      i++;
    }
    return all;
  }

  /** The mean weight where a head of this kind looks, over the queries of the second half. */
  private static double stripe(HeadKind kind, double[][] pattern, int distance) {
    double sum = 0;
    for (int i = pattern.length - distance; i < pattern.length; i++) {
      sum +=
          switch (kind) {
            case PREVIOUS -> pattern[i][i - 1];
            case DUPLICATE -> pattern[i][i - distance];
            case INDUCTION -> pattern[i][i - distance + 1];
          };
    }
    return sum / distance;
  }

  /**
   * Runs on a text of yours. Where no token comes twice there is no copy to look at, and the result
   * has scores of {@link HeadKind#PREVIOUS} alone.
   *
   * @throws RunException if it has one token only
   */
  public HeadScoresResult run(String prompt) {
    return over(PromptTokens.of(model, prompt));
  }

  /** Runs on token ids. */
  public HeadScoresResult run(long[] prompt) {
    return over(PromptTokens.of(model, prompt));
  }

  private HeadScoresResult over(PromptTokens prompt) {
    if (prompt.length() < 2) {
      throw new RunException(
          "expected a text of two tokens or more, found %s: a single token has nothing before it to look at"
              .formatted(prompt));
    }
    List<double[][][]> patterns = patterns(prompt.ids());
    Map<HeadKind, double[][]> all = new EnumMap<>(HeadKind.class);
    boolean repeats = Arrays.stream(prompt.ids()).distinct().count() < prompt.length();
    for (HeadKind kind : repeats ? HeadKind.values() : new HeadKind[] {HeadKind.PREVIOUS}) {
      all.put(kind, scores(patterns, pattern -> share(kind, prompt.ids(), pattern)));
    }
    return new HeadScoresResult(
        repeats ? "the tokens of a text" : "the tokens of a text, none of which comes twice", all);
  }

  private static double share(HeadKind kind, long[] tokens, double[][] pattern) {
    double where = 0;
    double all = 0;
    for (int i = 0; i < tokens.length; i++) {
      for (int j = 0; j <= i; j++) {
        where += kind.looks(tokens, i, j) ? pattern[i][j] : 0;
        all += pattern[i][j];
      }
    }
    return where / all;
  }

  private List<double[][][]> patterns(long[] tokens) {
    List<Saved<Axis>> saved = Passes.trace(model, tokens, HeadScores::record);
    return saved.stream().map(each -> AttentionPatterns.cube(each, tokens.length)).toList();
  }

  private static List<Saved<Axis>> record(Decoder view) {
    List<Saved<Axis>> all = new ArrayList<>();
    for (int i = 0; i < view.layerCount(); i++) {
      all.add(Passes.any(view.layer(i).attention().pattern()).save());
    }
    return all;
  }

  private static double[][] scores(
      List<double[][][]> patterns, ToDoubleFunction<double[][]> score) {
    double[][] scores = new double[patterns.size()][];
    for (int layer = 0; layer < scores.length; layer++) {
      double[][][] heads = patterns.get(layer);
      scores[layer] = new double[heads.length];
      for (int head = 0; head < heads.length; head++) {
        scores[layer][head] = score.applyAsDouble(heads[head]);
      }
    }
    return scores;
  }

  private static double[][] sum(double[][] a, double[][] b) {
    for (int i = 0; i < a.length; i++) {
      for (int j = 0; j < a[i].length; j++) {
        a[i][j] += b[i][j];
      }
    }
    return a;
  }

  private static double[][] divided(double[][] sum, int count) {
    for (double[] row : sum) {
      for (int j = 0; j < row.length; j++) {
        row[j] /= count;
      }
    }
    return sum;
  }
}
