package org.nnsight4j.generate;

/** Why a sequence ended. */
public enum FinishReason {
  /** Its last token is an end-of-sequence token. */
  EOS,
  /** It has {@code maxNewTokens} new tokens. */
  LENGTH,
  /** Its new text contains a stop string. */
  STOP_STRING,
  /** The run was ended by a recorded {@code stop()}. */
  STOPPED
}
