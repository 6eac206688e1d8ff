package org.nnsight4j.generate;

/** Why a sequence ended. */
public enum FinishReason {
  /** Its last token is an end-of-sequence token. */
  EOS,
  /** It has {@code maxNewTokens} new tokens. */
  LENGTH,
  /** Its last token completes a stop string, which may begin in the prompt. */
  STOP_STRING,
  /** A recorded {@code stop()} ended the run. */
  STOPPED
}
