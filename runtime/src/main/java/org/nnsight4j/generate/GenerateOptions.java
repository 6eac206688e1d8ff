package org.nnsight4j.generate;

import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import org.nnsight4j.internal.options.OptionRanges;

/**
 * How to generate, with Hugging Face's names and meanings. The checkpoint fills in options that are
 * not set when a run begins. Immutable: each method returns new options.
 *
 * <p>A value that is out of range is refused at once; options that contradict each other are
 * refused when the run begins, because some may come from the checkpoint.
 */
public final class GenerateOptions {
  private static final GenerateOptions DEFAULTS = new GenerateOptions(new TreeMap<>());

  private final SortedMap<String, Object> values;

  private GenerateOptions(SortedMap<String, Object> values) {
    this.values = Collections.unmodifiableSortedMap(values);
  }

  /** No option set: one new token, greedily, unless the checkpoint says otherwise. */
  public static GenerateOptions defaults() {
    return DEFAULTS;
  }

  public GenerateOptions maxNewTokens(int value) {
    return with("maxNewTokens", OptionRanges.atLeast(1, "maxNewTokens", value));
  }

  /** End-of-sequence tokens cannot be chosen before this many new tokens. */
  public GenerateOptions minNewTokens(int value) {
    return with("minNewTokens", OptionRanges.atLeast(0, "minNewTokens", value));
  }

  public GenerateOptions doSample() {
    return doSample(true);
  }

  public GenerateOptions doSample(boolean value) {
    return with("doSample", value);
  }

  public GenerateOptions temperature(double value) {
    return with(
        "temperature",
        OptionRanges.positive("temperature", value, "; for greedy decoding use doSample(false)"));
  }

  /**
   * Draws from the {@code value} most likely tokens; 0 means from all. Hugging Face's default is
   * 50.
   */
  public GenerateOptions topK(int value) {
    return with("topK", OptionRanges.atLeast(0, "topK", value));
  }

  /** Draws from the most likely tokens that together have at least this probability. */
  public GenerateOptions topP(double value) {
    return with("topP", OptionRanges.probability("topP", value));
  }

  public GenerateOptions repetitionPenalty(double value) {
    return with(
        "repetitionPenalty", OptionRanges.positive("repetitionPenalty", value, "; 1 means none"));
  }

  /**
   * No sequence of this many tokens appears twice, including in the prompt; 0 means no such rule.
   */
  public GenerateOptions noRepeatNgramSize(int value) {
    return with("noRepeatNgramSize", OptionRanges.atLeast(0, "noRepeatNgramSize", value));
  }

  public GenerateOptions numBeams(int value) {
    return with("numBeams", OptionRanges.atLeast(1, "numBeams", value));
  }

  public GenerateOptions numReturnSequences(int value) {
    return with("numReturnSequences", OptionRanges.atLeast(1, "numReturnSequences", value));
  }

  /** Above 0, beams prefer longer sequences, below 0 shorter ones. */
  public GenerateOptions lengthPenalty(double value) {
    return with("lengthPenalty", OptionRanges.finite("lengthPenalty", value));
  }

  public GenerateOptions earlyStopping(boolean value) {
    return earlyStopping(value ? EarlyStopping.TRUE : EarlyStopping.FALSE);
  }

  public GenerateOptions earlyStopping(EarlyStopping value) {
    OptionRanges.given("earlyStopping", value);
    return with("earlyStopping", value);
  }

  /** The tokens that end a sequence; without any, no token does, whatever the checkpoint says. */
  public GenerateOptions eosTokenId(long... values) {
    OptionRanges.given("eosTokenId", values);
    for (long value : values) {
      OptionRanges.tokenId("eosTokenId", value);
    }
    return with("eosTokenId", Arrays.stream(values).boxed().distinct().toList());
  }

  public GenerateOptions padTokenId(long value) {
    return with("padTokenId", OptionRanges.tokenId("padTokenId", value));
  }

  /**
   * A sequence ends with the new token that completes one of these, and keeps it (Hugging Face's
   * {@code stop_strings}). Special tokens count with their text. A string that is entirely in the
   * prompt ends nothing; one that begins in the prompt and ends in new text does.
   */
  public GenerateOptions stopStrings(String... values) {
    OptionRanges.given("stopStrings", values);
    for (String value : values) {
      OptionRanges.given("stopStrings", value);
    }
    return with("stopStrings", OptionRanges.stopStrings("stopStrings", List.of(values)));
  }

  /** The same seed draws the same tokens; without one, each run chooses its own and reports it. */
  public GenerateOptions seed(long value) {
    return with("seed", value);
  }

  public GenerateOptions useCache(boolean value) {
    return with("useCache", value);
  }

  /** The options that were set, by name: integers, decimals, truth values, strings, lists. */
  public Map<String, Object> asMap() {
    return values;
  }

  private GenerateOptions with(String name, Object value) {
    TreeMap<String, Object> changed = new TreeMap<>(values);
    changed.put(name, value);
    return new GenerateOptions(changed);
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof GenerateOptions options && values.equals(options.values);
  }

  @Override
  public int hashCode() {
    return values.hashCode();
  }

  @Override
  public String toString() {
    return "GenerateOptions" + values;
  }
}
