package org.nnsight4j.internal.decode;

import java.util.List;
import java.util.OptionalLong;
import org.nnsight4j.generate.EarlyStopping;

/**
 * Options in which everything is decided. {@link OptionResolver} makes them; names and meanings are
 * Hugging Face's.
 *
 * @param eosTokenIds the tokens that end a sequence; may be empty
 * @param padTokenId fills ended rows; the first end-of-sequence token unless given
 * @param topK 0 means all tokens
 * @param seed present only if the user gave one
 */
public record ResolvedOptions(
    int maxNewTokens,
    int minNewTokens,
    boolean doSample,
    double temperature,
    int topK,
    double topP,
    double repetitionPenalty,
    int noRepeatNgramSize,
    int numBeams,
    int numReturnSequences,
    double lengthPenalty,
    EarlyStopping earlyStopping,
    List<Long> eosTokenIds,
    OptionalLong padTokenId,
    List<String> stopStrings,
    OptionalLong seed,
    boolean useCache) {
  public ResolvedOptions {
    eosTokenIds = List.copyOf(eosTokenIds);
    stopStrings = List.copyOf(stopStrings);
  }

  boolean isEos(long token) {
    for (long eos : eosTokenIds) {
      if (eos == token) {
        return true;
      }
    }
    return false;
  }
}
