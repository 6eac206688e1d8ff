package org.nnsight4j.internal.decode;

import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.generate.EarlyStopping;
import org.nnsight4j.generate.FinishReason;
import org.nnsight4j.generate.GeneratedSequence;

/**
 * The beams of one prompt: those still running and the best finished ones. The arithmetic is
 * Hugging Face's in 32-bit floats, including its large negative number for "absent", so that ties
 * are broken in the same way.
 */
final class Beams {
  private static final float ABSENT = -1.0e9f;

  private final ResolvedOptions options;
  private final StopRule stop;
  private final LogitsProcessor processors;
  private final @Nullable Draws draws;
  private final int width;

  private final List<TokenSequence> running = new ArrayList<>();
  private float[] runningScores;
  private int[] origins;

  private List<Finished> best = new ArrayList<>();
  private boolean improvable = true;
  private boolean done;

  Beams(
      long[] prompt,
      ResolvedOptions options,
      StopRule stop,
      LogitsProcessor processors,
      @Nullable Draws draws) {
    this.options = options;
    this.stop = stop;
    this.processors = processors;
    this.draws = draws;
    this.width = options.numBeams();
    this.runningScores = new float[width];
    this.origins = new int[width];
    TokenSequence start = new TokenSequence(prompt);
    for (int beam = 0; beam < width; beam++) {
      running.add(start);
      best.add(new Finished(start, ABSENT, null));
      // All beams are equal at first, so only one of them counts.
      runningScores[beam] = beam == 0 ? 0 : ABSENT;
    }
  }

  boolean isDone() {
    return done;
  }

  /** The beam of the previous step that a beam continues. */
  int origin(int beam) {
    return origins[beam];
  }

  long lastToken(int beam) {
    return running.get(beam).last();
  }

  /** One step; {@code logits} has a row for each beam, or one for all at the first step. */
  void step(float[][] logits) {
    Candidates top = topContinuations(logits);
    List<TokenSequence> extended = new ArrayList<>();
    List<@Nullable FinishReason> reasons = new ArrayList<>();
    for (int i = 0; i < top.count(); i++) {
      TokenSequence tokens = running.get(top.beam(i)).plus(top.token(i));
      extended.add(tokens);
      reasons.add(stop.check(tokens));
    }
    int newLength = extended.get(0).newLength();
    continueWith(top, extended, reasons);
    finish(top, extended, reasons, newLength);
    improvable &= canImprove(newLength);
    boolean full = options.earlyStopping() == EarlyStopping.TRUE && allFinished();
    boolean stuck = !reasons.contains(null) || runningScores[0] == Float.NEGATIVE_INFINITY;
    done = !improvable || full || stuck;
  }

  private Candidates topContinuations(float[][] logits) {
    // Enough for beams to continue even if each of them could end with every end token.
    Candidates top = new Candidates(Math.max(2, 1 + options.eosTokenIds().size()) * width);
    float[] shared = logits.length == 1 ? logProbabilities(logits[0], 0) : null;
    for (int beam = 0; beam < width; beam++) {
      float[] scores = shared == null ? logProbabilities(logits[beam], beam) : shared;
      for (int token = 0; token < scores.length; token++) {
        float score = scores[token] + runningScores[beam];
        top.offer(draws == null ? score : score + draws.gumbel(), score, beam, token);
      }
    }
    return top;
  }

  private float[] logProbabilities(float[] logits, int beam) {
    float[] scores = Selection.logSoftmax(logits);
    processors.process(running.get(beam), scores);
    return scores;
  }

  private void continueWith(
      Candidates top, List<TokenSequence> extended, List<@Nullable FinishReason> reasons) {
    float[] scores = top.scores();
    for (int i = 0; i < scores.length; i++) {
      scores[i] += reasons.get(i) == null ? 0 : ABSENT;
    }
    int[] chosen = Candidates.best(scores, width);
    running.clear();
    runningScores = new float[chosen.length];
    origins = new int[chosen.length];
    for (int beam = 0; beam < chosen.length; beam++) {
      running.add(extended.get(chosen[beam]));
      runningScores[beam] = scores[chosen[beam]];
      origins[beam] = top.beam(chosen[beam]);
    }
  }

  private void finish(
      Candidates top,
      List<TokenSequence> extended,
      List<@Nullable FinishReason> reasons,
      int newLength) {
    boolean full = options.earlyStopping() == EarlyStopping.TRUE && allFinished();
    List<Finished> merged = new ArrayList<>(best);
    for (int i = 0; i < top.count(); i++) {
      // Candidates after the first ones only keep beams alive.
      FinishReason reason = i < width ? reasons.get(i) : null;
      float score = top.score(i) / lengthFactor(newLength);
      score += full ? ABSENT : 0;
      score += improvable ? 0 : ABSENT;
      score += reason == null ? ABSENT : 0;
      merged.add(new Finished(extended.get(i), score, reason));
    }
    float[] scores = new float[merged.size()];
    for (int i = 0; i < scores.length; i++) {
      scores[i] = merged.get(i).score;
    }
    best = new ArrayList<>();
    for (int place : Candidates.best(scores, width)) {
      best.add(merged.get(place));
    }
  }

  private boolean canImprove(int newLength) {
    boolean longest = options.earlyStopping() == EarlyStopping.NEVER && options.lengthPenalty() > 0;
    float possible = runningScores[0] / lengthFactor(longest ? options.maxNewTokens() : newLength);
    return possible > (allFinished() ? best.get(best.size() - 1).score : ABSENT);
  }

  private float lengthFactor(int newLength) {
    return (float) Math.pow(newLength, options.lengthPenalty());
  }

  private boolean allFinished() {
    return best.stream().allMatch(finished -> finished.reason != null);
  }

  /** Called when the run is stopped: the running beams become sequences as they are. */
  void stop() {
    if (done) {
      return;
    }
    List<Finished> merged = new ArrayList<>(best);
    for (int beam = 0; beam < running.size(); beam++) {
      int length = running.get(beam).newLength();
      float score = length == 0 ? 0 : runningScores[beam] / lengthFactor(length);
      merged.add(new Finished(running.get(beam), score, FinishReason.STOPPED));
    }
    merged.removeIf(finished -> finished.reason == null);
    merged.sort(Comparator.comparing((Finished finished) -> finished.score).reversed());
    best = merged;
    done = true;
  }

  List<GeneratedSequence> results() {
    List<GeneratedSequence> results = new ArrayList<>();
    for (Finished finished : best.subList(0, options.numReturnSequences())) {
      if (finished.reason == null) {
        throw new RunException(
            "expected numReturnSequences=%s sequences, found only %s possible ones: the vocabulary or noRepeatNgramSize=%s leaves no more; lower numBeams and numReturnSequences"
                .formatted(
                    options.numReturnSequences(), results.size(), options.noRepeatNgramSize()));
      }
      results.add(
          new GeneratedSequence(
              finished.tokens.toArray(),
              finished.tokens.promptLength(),
              finished.reason,
              OptionalDouble.of(finished.score)));
    }
    return results;
  }

  /** A sequence among the best; without a reason it only holds a place. */
  private record Finished(TokenSequence tokens, float score, @Nullable FinishReason reason) {}
}
