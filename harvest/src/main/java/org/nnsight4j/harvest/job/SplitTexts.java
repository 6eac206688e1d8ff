package org.nnsight4j.harvest.job;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;

/** The texts of a split as token ids: rows that are cut, or contexts of joined rows. */
final class SplitTexts {
  private final List<long[]> ids = new ArrayList<>();
  private final List<Long> rows = new ArrayList<>();
  private long skipped;

  private SplitTexts() {}

  static SplitTexts read(
      RowSource source, RowSplit split, Batching batching, Function<String, long[]> encode)
      throws IOException {
    SplitTexts texts = new SplitTexts();
    Joined joined = new Joined(batching.context());
    source.read(
        split,
        row -> {
          long[] tokens =
              row.ids() != null ? row.ids() : encoded(Objects.requireNonNull(row.text()), encode);
          if (batching.context() > 0) {
            joined.add(row.index(), tokens, texts);
          } else if (tokens.length == 0) {
            texts.skipped++;
          } else {
            texts.add(
                row.index(), Arrays.copyOf(tokens, Math.min(tokens.length, batching.maxTokens())));
          }
        });
    return texts;
  }

  /** An empty line is no text, although a tokenizer may put its first token before it. */
  private static long[] encoded(String text, Function<String, long[]> encode) {
    return text.isEmpty() ? new long[0] : encode.apply(text);
  }

  private void add(long row, long... tokens) {
    rows.add(row);
    ids.add(tokens);
  }

  /**
   * Rows one after another, cut into equal lengths; what is left at the end of a split is not used.
   */
  private static final class Joined {
    private final long[] context;
    private int filled;
    private long first;

    Joined(int length) {
      this.context = new long[length];
    }

    void add(long row, long[] tokens, SplitTexts texts) {
      if (tokens.length == 0) {
        texts.skipped++;
      }
      for (long token : tokens) {
        if (filled == 0) {
          first = row;
        }
        context[filled++] = token;
        if (filled == context.length) {
          texts.add(first, context.clone());
          filled = 0;
        }
      }
    }
  }

  int count() {
    return ids.size();
  }

  long[] ids(int text) {
    return ids.get(text);
  }

  /** The row of the dataset in which a text begins. */
  long row(int text) {
    return rows.get(text);
  }

  int[] lengths() {
    return ids.stream().mapToInt(one -> one.length).toArray();
  }

  long skipped() {
    return skipped;
  }
}
