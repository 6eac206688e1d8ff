package org.nnsight4j.langchain4j;

/** Which score of an answer or prompt a guardrail compares. */
public enum ScoreOf {
  /** The worst of all tokens: the highest against a highest, the lowest against a lowest. */
  ANY_TOKEN,
  /** The mean over all tokens. */
  ALL_TOKENS,
  /** The last token's. */
  LAST_TOKEN
}
