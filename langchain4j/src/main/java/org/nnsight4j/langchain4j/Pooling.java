package org.nnsight4j.langchain4j;

/** How the vectors of a text's tokens become one. Padding never counts. */
public enum Pooling {
  /** Their mean. */
  MEAN,
  /** The last token's. */
  LAST,
  /** The first token's: {@code [CLS]} of BERT. */
  FIRST,
  /** The largest number of each of their dimensions. */
  MAX
}
