package org.nnsight4j.internal.decode;

import java.util.List;
import java.util.Optional;
import java.util.OptionalLong;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.GenerationConfig;
import org.nnsight4j.checkpoint.JsonFile;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.error.OptionsException;
import org.nnsight4j.generate.EarlyStopping;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.options.OptionRanges;

/**
 * Decides every option: the user's value, otherwise the file's, otherwise the default. The user's
 * options are checked for contradictions; values from the file yield to them.
 */
public final class OptionResolver {
  private final GenerateOptions user;
  private final JsonFile file;
  private final int vocabularySize;

  private OptionResolver(GenerateOptions user, JsonFile file, int vocabularySize) {
    this.user = user;
    this.file = file;
    this.vocabularySize = vocabularySize;
  }

  /** {@link #resolve(GenerateOptions, Optional, ModelConfig, int)} for a checkpoint's files. */
  public static ResolvedOptions resolve(
      GenerateOptions user, Checkpoint checkpoint, int vocabularySize) {
    return resolve(user, checkpoint.generationConfig(), checkpoint.config(), vocabularySize);
  }

  /**
   * Fills what is unset from {@code generation_config.json} or, where a checkpoint has none, from
   * the same keys of {@code config.json}; everything else gets Hugging Face's default, except that
   * {@code maxNewTokens} is 1 as in nnsight. {@code max_length} is not read: it counts the prompt,
   * its value in old configurations is an accident, and {@code max_new_tokens} exists.
   *
   * <p>Only the user's options can contradict each other; a value from a file that does not fit
   * them is dropped, like the sampling keys when nothing is sampled.
   *
   * @throws OptionsException if options contradict each other or do not fit the vocabulary
   */
  public static ResolvedOptions resolve(
      GenerateOptions user,
      Optional<GenerationConfig> generationConfig,
      ModelConfig config,
      int vocabularySize) {
    return new OptionResolver(
            user, generationConfig.isPresent() ? generationConfig.get() : config, vocabularySize)
        .resolve();
  }

  private <T> Optional<T> given(String name, Class<T> type) {
    return Optional.ofNullable(user.asMap().get(name)).map(type::cast);
  }

  private ResolvedOptions resolve() {
    boolean sample = flag("doSample", "do_sample", false);
    int beams = atLeast(1, "numBeams", "num_beams", 1);
    UnsupportedKeys.refuse(file, sample);
    refuseWithoutSampling(sample);
    refuseWithoutBeams(beams);
    int maxNewTokens = atLeast(1, "maxNewTokens", "max_new_tokens", 1);
    List<Long> eos = eosTokenIds();
    return new ResolvedOptions(
        maxNewTokens,
        minNewTokens(maxNewTokens),
        sample,
        sample ? temperature() : 1,
        sample ? atLeast(0, "topK", "top_k", 50) : 0,
        sample ? topP() : 1,
        repetitionPenalty(),
        atLeast(0, "noRepeatNgramSize", "no_repeat_ngram_size", 0),
        beams,
        numReturnSequences(sample, beams),
        beams > 1 ? lengthPenalty() : 1,
        beams > 1 ? earlyStopping() : EarlyStopping.FALSE,
        eos,
        padTokenId(eos),
        stopStrings(),
        given("seed", Long.class).map(OptionalLong::of).orElse(OptionalLong.empty()),
        flag("useCache", "use_cache", true));
  }

  private void refuseWithoutSampling(boolean sample) {
    if (sample) {
      return;
    }
    Object without = user.asMap().containsKey("doSample") ? "doSample=false" : "greedy decoding";
    for (String name : List.of("temperature", "topP", "topK", "seed")) {
      Object value = user.asMap().get(name);
      boolean harmless =
          value == null
              || (!name.equals("seed") && ((Number) value).doubleValue() == neutral(name));
      if (!harmless) {
        throw new OptionsException(
            "%s=%s has no effect with %s: add doSample() or remove %s"
                .formatted(name, value, without, name));
      }
    }
  }

  private static double neutral(String name) {
    return name.equals("topK") ? 0 : 1;
  }

  private void refuseWithoutBeams(int beams) {
    if (beams > 1) {
      return;
    }
    refuseOneBeam("lengthPenalty", given("lengthPenalty", Double.class), 1.0);
    refuseOneBeam(
        "earlyStopping", given("earlyStopping", EarlyStopping.class), EarlyStopping.FALSE);
  }

  private static void refuseOneBeam(String name, Optional<?> value, Object neutral) {
    if (value.isPresent() && !value.get().equals(neutral)) {
      throw new OptionsException(
          "%s=%s has no effect with numBeams=1: add numBeams(2) or more, or remove %s"
              .formatted(name, value.get(), name));
    }
  }

  private int minNewTokens(int maxNewTokens) {
    Optional<Integer> said = given("minNewTokens", Integer.class);
    if (said.isPresent() && said.get() > maxNewTokens) {
      throw new OptionsException(
          "minNewTokens=%s is more than maxNewTokens=%s%s: lower the first or raise the second"
              .formatted(
                  said.get(),
                  maxNewTokens,
                  user.asMap().containsKey("maxNewTokens") ? "" : ", which was not set"));
    }
    return Math.min(maxNewTokens, atLeast(0, "minNewTokens", "min_new_tokens", 0));
  }

  private int numReturnSequences(boolean sample, int beams) {
    int most = beams > 1 ? beams : sample ? Integer.MAX_VALUE : 1;
    int count = atLeast(1, "numReturnSequences", "num_return_sequences", 1);
    if (count <= most) {
      return count;
    }
    if (!user.asMap().containsKey("numReturnSequences")) {
      return 1;
    }
    throw new OptionsException(
        beams > 1
            ? "numReturnSequences=%s is more than numBeams=%s: raise numBeams or lower numReturnSequences"
                .formatted(count, beams)
            : ("numReturnSequences=%s would be the same greedy sequence %s times: add doSample() or"
                    + " numBeams(%s)")
                .formatted(count, count, count));
  }

  private double temperature() {
    return decimal(
        "temperature", "temperature", 1, (where, value) -> OptionRanges.positive(where, value, ""));
  }

  private double topP() {
    return decimal("topP", "top_p", 1, OptionRanges::probability);
  }

  private double repetitionPenalty() {
    return decimal(
        "repetitionPenalty",
        "repetition_penalty",
        1,
        (where, value) -> OptionRanges.positive(where, value, ""));
  }

  private double lengthPenalty() {
    return decimal("lengthPenalty", "length_penalty", 1, OptionRanges::finite);
  }

  private EarlyStopping earlyStopping() {
    return given("earlyStopping", EarlyStopping.class)
        .orElseGet(
            () ->
                switch (file.json("early_stopping").orElse("false")) {
                  case "false" -> EarlyStopping.FALSE;
                  case "true" -> EarlyStopping.TRUE;
                  case "\"never\"" -> EarlyStopping.NEVER;
                  default ->
                      throw new OptionsException(
                          "%s must be true, false or \"never\", found %s"
                              .formatted(
                                  inFile("early_stopping"), file.json("early_stopping").get()));
                });
  }

  private List<Long> eosTokenIds() {
    List<?> said = given("eosTokenId", List.class).orElse(null);
    if (said == null) {
      // A token outside the vocabulary never occurs, so leaving it out changes nothing.
      return file.integers("eos_token_id").stream()
          .filter(id -> id >= 0 && id < vocabularySize)
          .map(Integer::longValue)
          .distinct()
          .toList();
    }
    return said.stream().map(id -> inVocabulary("eosTokenId", (Long) id)).toList();
  }

  private OptionalLong padTokenId(List<Long> eos) {
    Optional<Long> said = given("padTokenId", Long.class);
    if (said.isPresent()) {
      return OptionalLong.of(inVocabulary("padTokenId", said.get()));
    }
    int pad = file.integer("pad_token_id", -1);
    if (pad >= 0 && pad < vocabularySize) {
      return OptionalLong.of(pad);
    }
    return eos.isEmpty() ? OptionalLong.empty() : OptionalLong.of(eos.get(0));
  }

  private Long inVocabulary(String name, Long id) {
    if (id >= vocabularySize) {
      throw new OptionsException(
          "%s=%s is outside the vocabulary of this model, which has the tokens 0 to %s"
              .formatted(name, id, vocabularySize - 1));
    }
    return id;
  }

  private List<String> stopStrings() {
    List<?> said = given("stopStrings", List.class).orElse(null);
    return said == null
        ? OptionRanges.stopStrings(inFile("stop_strings"), file.strings("stop_strings"))
        : said.stream().map(String.class::cast).toList();
  }

  private int atLeast(int least, String name, String key, int otherwise) {
    return given(name, Integer.class)
        .orElseGet(() -> OptionRanges.atLeast(least, inFile(key), file.integer(key, otherwise)));
  }

  private boolean flag(String name, String key, boolean otherwise) {
    return given(name, Boolean.class).orElseGet(() -> file.flag(key, otherwise));
  }

  private double decimal(String name, String key, double otherwise, Range range) {
    return given(name, Double.class)
        .orElseGet(() -> range.check(inFile(key), file.decimal(key, otherwise)));
  }

  private String inFile(String key) {
    return file.file() + ": " + key;
  }

  /** A check that names the option in its message. */
  private interface Range {
    double check(String name, double value);
  }
}
