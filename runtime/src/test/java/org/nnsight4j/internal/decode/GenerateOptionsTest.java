package org.nnsight4j.internal.decode;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.doSample;
import static org.nnsight4j.Options.earlyStopping;
import static org.nnsight4j.Options.eosTokenId;
import static org.nnsight4j.Options.lengthPenalty;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.Options.minNewTokens;
import static org.nnsight4j.Options.noRepeatNgramSize;
import static org.nnsight4j.Options.numBeams;
import static org.nnsight4j.Options.numReturnSequences;
import static org.nnsight4j.Options.padTokenId;
import static org.nnsight4j.Options.repetitionPenalty;
import static org.nnsight4j.Options.seed;
import static org.nnsight4j.Options.stopStrings;
import static org.nnsight4j.Options.temperature;
import static org.nnsight4j.Options.topK;
import static org.nnsight4j.Options.topP;
import static org.nnsight4j.Options.useCache;

import java.util.List;
import java.util.OptionalLong;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.nnsight4j.error.OptionsException;
import org.nnsight4j.generate.EarlyStopping;
import org.nnsight4j.generate.GenerateOptions;

class GenerateOptionsTest {
  private static final int VOCABULARY = 100;

  private static ResolvedOptions resolve(GenerateOptions options) {
    return TestConfigs.resolved(options, VOCABULARY);
  }

  private static ResolvedOptions resolve(GenerateOptions options, String generationConfig) {
    return OptionResolver.resolve(
        options,
        TestConfigs.generation(generationConfig),
        TestConfigs.model("{\"eos_token_id\":9}"),
        VOCABULARY);
  }

  private static void refused(Executable action, String... parts) {
    var thrown = assertThrows(OptionsException.class, action);
    for (String part : parts) {
      assertThat(thrown).hasMessageThat().contains(part);
    }
  }

  @Test
  void defaults() {
    assertThat(resolve(GenerateOptions.defaults()))
        .isEqualTo(
            new ResolvedOptions(
                1,
                0,
                false,
                1,
                0,
                1,
                1,
                0,
                1,
                1,
                1,
                EarlyStopping.FALSE,
                List.of(),
                OptionalLong.empty(),
                List.of(),
                OptionalLong.empty(),
                true));
    assertThat(resolve(doSample()).topK()).isEqualTo(50);
  }

  @Test
  void theUsersOptionsApply() {
    ResolvedOptions options =
        resolve(
            maxNewTokens(7)
                .minNewTokens(2)
                .doSample()
                .temperature(0.7)
                .topK(5)
                .topP(0.9)
                .repetitionPenalty(1.2)
                .noRepeatNgramSize(3)
                .numBeams(4)
                .numReturnSequences(2)
                .lengthPenalty(-1)
                .earlyStopping(true)
                .eosTokenId(3, 4, 3)
                .padTokenId(0)
                .stopStrings("a", "b")
                .seed(11)
                .useCache(false));
    assertThat(options)
        .isEqualTo(
            new ResolvedOptions(
                7,
                2,
                true,
                0.7,
                5,
                0.9,
                1.2,
                3,
                4,
                2,
                -1,
                EarlyStopping.TRUE,
                List.of(3L, 4L),
                OptionalLong.of(0),
                List.of("a", "b"),
                OptionalLong.of(11),
                false));
  }

  @Test
  void theFileFillsTheRest() {
    ResolvedOptions options =
        resolve(
            GenerateOptions.defaults(),
            """
            {"max_new_tokens": 8, "max_length": 50, "do_sample": true, "temperature": 0.6,
             "top_p": 0.9, "top_k": 0, "repetition_penalty": 1.1, "eos_token_id": [5, 6],
             "stop_strings": "end", "bos_token_id": 1, "transformers_version": "4.40"}
            """);
    assertThat(options.maxNewTokens()).isEqualTo(8);
    assertThat(options.doSample()).isTrue();
    assertThat(options.temperature()).isEqualTo(0.6);
    assertThat(options.topP()).isEqualTo(0.9);
    assertThat(options.topK()).isEqualTo(0);
    assertThat(options.repetitionPenalty()).isEqualTo(1.1);
    assertThat(options.eosTokenIds()).containsExactly(5L, 6L).inOrder();
    assertThat(options.padTokenId()).isEqualTo(OptionalLong.of(5));
    assertThat(options.stopStrings()).containsExactly("end");
  }

  @Test
  void theModelConfigReplacesAMissingFile() {
    ResolvedOptions options =
        OptionResolver.resolve(
            GenerateOptions.defaults(),
            TestConfigs.none(),
            TestConfigs.model("{\"eos_token_id\": 9, \"pad_token_id\": -1}"),
            VOCABULARY);
    assertThat(options.eosTokenIds()).containsExactly(9L);
    assertThat(options.padTokenId()).isEqualTo(OptionalLong.of(9));
    assertThat(resolve(GenerateOptions.defaults(), "{}").eosTokenIds()).isEmpty();
  }

  @Test
  void theFileNeverContradicts() {
    String sampling =
        "{\"do_sample\":true,\"temperature\":0.6,\"top_p\":0.9,\"num_return_sequences\":3,\"min_p\":0.1}";
    ResolvedOptions greedy = resolve(doSample(false), sampling);
    assertThat(greedy.doSample()).isFalse();
    assertThat(greedy.temperature()).isEqualTo(1.0);
    assertThat(greedy.numReturnSequences()).isEqualTo(1);
    assertThat(resolve(maxNewTokens(2), "{\"min_new_tokens\":9}").minNewTokens()).isEqualTo(2);
    assertThat(resolve(numBeams(2), "{\"num_return_sequences\":3}").numReturnSequences())
        .isEqualTo(1);
    assertThat(
            resolve(maxNewTokens(1), "{\"length_penalty\":2.0,\"early_stopping\":true}")
                .lengthPenalty())
        .isEqualTo(1.0);
    assertThat(resolve(temperature(0.5), "{\"do_sample\":true}").temperature()).isEqualTo(0.5);
    assertThat(
            resolve(maxNewTokens(1), "{\"eos_token_id\":[500,7],\"pad_token_id\":500}")
                .eosTokenIds())
        .containsExactly(7L);
    assertThat(resolve(numBeams(2), "{\"early_stopping\":\"never\"}").earlyStopping())
        .isEqualTo(EarlyStopping.NEVER);
  }

  @Test
  void refusesTheFilesNonsense() {
    refused(
        () -> resolve(maxNewTokens(1), "{\"repetition_penalty\":0}"),
        "generation_config.json: repetition_penalty");
    refused(() -> resolve(doSample(), "{\"top_p\":1.5}"), "generation_config.json: top_p", "1.5");
    refused(() -> resolve(maxNewTokens(1), "{\"num_beams\":0}"), "num_beams must be at least 1");
    refused(
        () -> resolve(numBeams(2), "{\"early_stopping\":\"ever\"}"), "early_stopping", "\"ever\"");
    refused(() -> resolve(doSample(), "{\"min_p\":0.1}"), "min_p=0.1", "does not implement");
    refused(() -> resolve(maxNewTokens(1), "{\"suppress_tokens\":[1]}"), "suppress_tokens=[1]");
    refused(() -> resolve(maxNewTokens(1), "{\"min_length\":5}"), "min_length=5");
    refused(() -> resolve(maxNewTokens(1), "{\"token_healing\":true}"), "token_healing=true");
    refused(
        () -> resolve(maxNewTokens(1), "{\"cache_implementation\":\"quantized\"}"),
        "cache_implementation=\"quantized\"");
    resolve(maxNewTokens(1), "{\"cache_implementation\":\"static\",\"token_healing\":false}");
    resolve(
        maxNewTokens(1),
        "{\"min_length\":0,\"suppress_tokens\":[],\"typical_p\":1.0,\"bad_words_ids\":null,\"num_beam_groups\":1}");
  }

  @Test
  void refusesValuesOutOfRange() {
    refused(() -> maxNewTokens(0), "maxNewTokens must be at least 1, found 0");
    refused(() -> minNewTokens(-1), "minNewTokens");
    refused(() -> temperature(0), "temperature must be a positive number", "doSample(false)");
    refused(() -> temperature(Double.NaN), "NaN");
    refused(() -> temperature(Double.POSITIVE_INFINITY), "Infinity");
    refused(() -> topK(-1), "topK");
    refused(() -> topP(0), "topP must be above 0");
    refused(() -> topP(1.01), "topP");
    refused(() -> topP(Double.NaN), "topP");
    refused(() -> repetitionPenalty(-2), "repetitionPenalty");
    refused(() -> noRepeatNgramSize(-1), "noRepeatNgramSize");
    refused(() -> numBeams(0), "numBeams");
    refused(() -> numReturnSequences(0), "numReturnSequences");
    refused(() -> lengthPenalty(Double.NEGATIVE_INFINITY), "lengthPenalty");
    refused(() -> eosTokenId(1, -2), "eosTokenId", "-2");
    refused(() -> padTokenId(-1), "padTokenId");
    refused(() -> stopStrings("a", ""), "empty string");
  }

  @Test
  void refusesContradictions() {
    refused(() -> resolve(temperature(0.7)), "temperature=0.7", "add doSample()");
    refused(() -> resolve(topK(5)), "topK=5", "doSample");
    refused(() -> resolve(topP(0.5).doSample(false)), "topP=0.5", "doSample=false");
    refused(() -> resolve(seed(5)), "seed=5", "doSample");
    refused(() -> resolve(numReturnSequences(2)), "numReturnSequences=2", "numBeams(2)");
    refused(() -> resolve(numBeams(2).numReturnSequences(3)), "numReturnSequences=3", "numBeams=2");
    refused(() -> resolve(doSample().numBeams(2).numReturnSequences(3)), "numBeams=2");
    refused(() -> resolve(maxNewTokens(3).minNewTokens(4)), "minNewTokens=4", "maxNewTokens=3");
    refused(() -> resolve(minNewTokens(4)), "maxNewTokens=1, which was not set");
    refused(() -> resolve(lengthPenalty(2)), "lengthPenalty=2.0", "numBeams=1");
    refused(() -> resolve(earlyStopping(EarlyStopping.NEVER)), "earlyStopping=NEVER", "numBeams");
    refused(() -> resolve(eosTokenId(100)), "eosTokenId=100", "0 to 99");
    refused(() -> resolve(padTokenId(100)), "padTokenId=100");
    resolve(
        temperature(1).topP(1).topK(0).numReturnSequences(1).lengthPenalty(1).earlyStopping(false));
    resolve(doSample().numReturnSequences(3));
    resolve(useCache(false));
  }

  @Test
  void optionsAreValues() {
    GenerateOptions options = maxNewTokens(5).numBeams(3);
    assertThat(options).isEqualTo(numBeams(3).maxNewTokens(5));
    assertThat(options.maxNewTokens(6)).isNotEqualTo(options);
    assertThat(options.asMap()).containsExactly("maxNewTokens", 5, "numBeams", 3);
    assertThat(options.toString()).isEqualTo("GenerateOptions{maxNewTokens=5, numBeams=3}");
  }
}
