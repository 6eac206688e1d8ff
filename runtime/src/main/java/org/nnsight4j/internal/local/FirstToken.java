package org.nnsight4j.internal.local;

import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.function.BiPredicate;
import org.nnsight4j.internal.run.Batch;
import org.nnsight4j.tokenizer.Tokenizer;

/**
 * The token that a checkpoint's tokenizer puts in front of every text. Models that were trained
 * with it put much of their attention there, so a prompt that lacks it, or has it twice, gives
 * other numbers, without any other sign of it.
 */
record FirstToken(long id, String name) {
  private static final int MOST_ROWS = 8;

  /** The token of a tokenizer; empty if the tokenizer puts none in front. */
  static Optional<FirstToken> of(Tokenizer tokenizer) {
    String bos = tokenizer.specialTokens().get("bos_token");
    long[] empty = tokenizer.encode("");
    return bos == null || empty.length == 0 || !tokenizer.token(empty[0]).equals(bos)
        ? Optional.empty()
        : Optional.of(new FirstToken(empty[0], bos));
  }

  /** Whether all rows begin with the token, and no row has it twice at the beginning. */
  static boolean isFirst(long id, Batch batch) {
    return batch.rows().stream().allMatch(row -> has(row, id, 0) && !has(row, id, 1));
  }

  private static boolean has(long[] row, long id, int place) {
    return row.length > place && row[place] == id;
  }

  /** The warning for the rows of a run. */
  List<String> warnings(Batch batch) {
    List<String> warnings = new ArrayList<>();
    String without = rows(batch, (row, first) -> !has(row, first, 0));
    if (!without.isEmpty()) {
      warnings.add(
          "without '%s' (%s) in front: %s; this model's tokenizer puts it in front of every text, and numbers without it are others: give the text itself, or ids of tokenizer().encode(text)"
              .formatted(name, id, without));
    }
    String twice = rows(batch, (row, first) -> has(row, first, 0) && has(row, first, 1));
    if (!twice.isEmpty()) {
      warnings.add(
          "'%s' (%s) twice in front: %s; the tokenizer puts it in front of every text, and this text had it: give ids of tokenizer().encode(text, false), as chat(...) does"
              .formatted(name, id, twice));
    }
    return warnings;
  }

  private String rows(Batch batch, BiPredicate<long[], Long> wrong) {
    List<String> rows = new ArrayList<>();
    for (int row = 0; row < batch.rows().size(); row++) {
      if (wrong.test(batch.rows().get(row), id)) {
        rows.add("row " + row);
      }
    }
    int more = rows.size() - MOST_ROWS;
    return more <= 0
        ? String.join(", ", rows)
        : String.join(", ", rows.subList(0, MOST_ROWS)) + " and %s more".formatted(more);
  }
}
