package org.nnsight4j.internal.graph;

import java.util.Arrays;
import java.util.List;

/** The input of an invoker: text, which the model's tokenizer encodes later, or token ids. */
public sealed interface Prompt {
  /** The number of rows. */
  int rows();

  record Texts(List<String> texts) implements Prompt {
    public Texts {
      texts = List.copyOf(texts);
    }

    @Override
    public int rows() {
      return texts.size();
    }
  }

  /** Pairs of texts, as {@code tokenizer(text, text_pair)} reads them: one row each. */
  record Pairs(List<Pair> pairs) implements Prompt {
    /** Two texts that are one input. */
    public record Pair(String first, String second) {}

    public Pairs {
      pairs = List.copyOf(pairs);
    }

    @Override
    public int rows() {
      return pairs.size();
    }
  }

  /** No rows of its own: an invoker that sees the rows of all others. */
  record Whole() implements Prompt {
    @Override
    public int rows() {
      return 0;
    }
  }

  /** Given later, each time the recording runs; its length is not known before. */
  record Open() implements Prompt {
    @Override
    public int rows() {
      return 0;
    }
  }

  record Ids(List<long[]> ids) implements Prompt {
    public Ids {
      ids = ids.stream().map(long[]::clone).toList();
    }

    @Override
    public int rows() {
      return ids.size();
    }

    @Override
    public boolean equals(Object other) {
      return other instanceof Ids that && Arrays.deepEquals(ids.toArray(), that.ids.toArray());
    }

    @Override
    public int hashCode() {
      return Arrays.deepHashCode(ids.toArray());
    }
  }
}
