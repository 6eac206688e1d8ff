package org.nnsight4j.toolkit.attention;

/** What a head may do. */
public enum HeadKind {
  /** Looks at the token before: {@code A[i, i - 1]}. */
  PREVIOUS("previous token"),

  /** Looks at an earlier copy of its own token. */
  DUPLICATE("duplicate token"),

  /** Looks at the token after an earlier copy of its own token (Olsson et al. 2022). */
  INDUCTION("induction");

  private final String label;

  HeadKind(String label) {
    this.label = label;
  }

  /** In words. */
  public String label() {
    return label;
  }

  /** Where a head of this kind looks: whether query {@code i} looks at key {@code j}. */
  boolean looks(long[] tokens, int i, int j) {
    return switch (this) {
      case PREVIOUS -> j == i - 1;
      case DUPLICATE -> j < i && tokens[j] == tokens[i];
      case INDUCTION -> j >= 1 && j <= i && j - 1 < i && tokens[j - 1] == tokens[i];
    };
  }
}
