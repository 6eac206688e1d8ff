package org.nnsight4j.internal.decode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.OptionalDouble;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.generate.FinishReason;
import org.nnsight4j.generate.GeneratedSequence;

/** Greedy decoding and sampling: each row chooses its own next token. */
final class RowDecoder {
  private final NextToken model;
  private final ResolvedOptions options;
  private final StopRule stop;
  private final LogitsProcessor processors;
  private final TokenListener listener;
  private final List<Row> rows = new ArrayList<>();

  RowDecoder(
      List<long[]> prompts,
      NextToken model,
      ResolvedOptions options,
      StopRule stop,
      long seed,
      TokenListener listener) {
    this.model = model;
    this.options = options;
    this.stop = stop;
    this.processors = LogitsProcessors.of(options);
    this.listener = listener;
    for (int prompt = 0; prompt < prompts.size(); prompt++) {
      for (int sequence = 0; sequence < options.numReturnSequences(); sequence++) {
        Draws draws = options.doSample() ? new Draws(seed, prompt, sequence) : null;
        rows.add(new Row(rows.size(), new TokenSequence(prompts.get(prompt)), draws, prompt));
      }
    }
  }

  List<List<GeneratedSequence>> run() {
    try {
      return decode();
    } catch (Stopped stopped) {
      rows.forEach(this::stop);
      return sequences();
    }
  }

  private List<List<GeneratedSequence>> decode() {
    float[][] logits = model.first();
    List<Row> running = rows;
    boolean shared = options.numReturnSequences() > 1;
    while (true) {
      List<Row> going = new ArrayList<>();
      for (Row row : running) {
        float[] scores = logits[row.place];
        if (choose(row, shared ? scores.clone() : scores)) {
          going.add(row);
        }
      }
      if (going.isEmpty()) {
        return sequences();
      }
      logits =
          model.next(
              going.stream().mapToInt(row -> row.place).toArray(),
              going.stream().mapToLong(row -> row.tokens.last()).toArray());
      for (int i = 0; i < going.size(); i++) {
        going.get(i).place = i;
      }
      running = going;
      shared = false;
    }
  }

  /** Adds a token to a row; false if the row has ended with it. */
  private boolean choose(Row row, float[] scores) {
    processors.process(row.tokens, scores);
    int token = Selection.argmax(scores);
    if (token < 0) {
      throw new RunException(
          "no token is possible after %s: noRepeatNgramSize=%s and minNewTokens=%s exclude all; relax one of them"
              .formatted(
                  Arrays.toString(row.tokens.toArray()),
                  options.noRepeatNgramSize(),
                  options.minNewTokens()));
    }
    int chosen = row.draws == null ? token : row.draws.token(scores);
    if (chosen < 0) {
      throw new RunException(
          "temperature=%s takes the scores out of the range of 32-bit numbers; use a value nearer to 1, or greedy decoding"
              .formatted(options.temperature()));
    }
    row.tokens.add(chosen);
    row.reason = stop.check(row.tokens);
    listener.chosen(row.number, new long[] {chosen}, row.reason);
    return row.reason == null;
  }

  /** The run ends for all rows; those that ended before keep their reason. */
  private void stop(Row row) {
    if (row.reason == null) {
      row.reason = FinishReason.STOPPED;
      listener.chosen(row.number, new long[0], row.reason);
    }
  }

  private List<List<GeneratedSequence>> sequences() {
    List<List<GeneratedSequence>> result = new ArrayList<>();
    int each = options.numReturnSequences();
    for (int i = 0; i < rows.size(); i += each) {
      result.add(rows.subList(i, i + each).stream().map(Row::finished).toList());
    }
    return result;
  }

  private static final class Row {
    final int number;
    final TokenSequence tokens;
    final @Nullable Draws draws;

    /** Its row in the model's last result. */
    int place;

    @Nullable FinishReason reason;

    Row(int number, TokenSequence tokens, @Nullable Draws draws, int place) {
      this.number = number;
      this.tokens = tokens;
      this.draws = draws;
      this.place = place;
    }

    GeneratedSequence finished() {
      if (reason == null) {
        throw new IllegalStateException("a row that is still running has no result");
      }
      return new GeneratedSequence(
          tokens.toArray(), tokens.promptLength(), reason, OptionalDouble.empty());
    }
  }
}
