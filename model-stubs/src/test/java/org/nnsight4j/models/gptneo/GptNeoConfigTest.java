package org.nnsight4j.models.gptneo;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigReading;

/** What a GPT-Neo's config.json says, as {@code GPTNeoConfig} of transformers 5.23 reads it. */
final class GptNeoConfigTest {
  private static final ConfigReading<GptNeoConfig> READ =
      new ConfigReading<>(new GptNeoFamily(), GptNeoConfig::of);

  @Test
  void absentIsTheClassDefault() {
    GptNeoConfig config = READ.of("");
    assertThat(config.kinds()).hasSize(24);
    assertThat(config.window(0)).isNull();
    assertThat(config.window(23)).isEqualTo(256);
    assertThat(config.sizes()).isEqualTo(new Sizes(50_257, 2048, 2048, 8192, 16, 16, 128));
    assertThat(config.activation()).isEqualTo("gelu_new");
    assertThat(config.epsilon()).isEqualTo(1e-5);
    assertThat(config.tied()).isTrue();
  }

  @Test
  void kindsOfLayersInRuns() {
    GptNeoConfig config =
        READ.of(
            "'num_hidden_layers': 5, 'window_size': 7,"
                + " 'attention_types': [[['global'], 2], [['local', 'global', 'local'], 1]]");
    assertThat(config.kinds())
        .containsExactly("global", "global", "local", "global", "local")
        .inOrder();
    assertThat(config.window(4)).isEqualTo(7);
  }

  @Test
  void theListOfOlderFilesWins() {
    assertThat(
            READ.of(
                    "'num_layers': 2, 'attention_types': [[['global'], 2]],"
                        + " 'attention_layers': ['local', 'local']")
                .kinds())
        .containsExactly("local", "local");
  }

  @Test
  void nullWhereThereMustBeAValueIsRefused() {
    READ.refusesNull(
        "hidden_size",
        "num_layers",
        "num_heads",
        "vocab_size",
        "window_size",
        "activation_function",
        "layer_norm_epsilon",
        "max_position_embeddings",
        "tie_word_embeddings");
    assertThat(READ.of("'intermediate_size': null, 'attention_types': null").sizes().inner())
        .isEqualTo(8192);
  }

  @Test
  void unsupportedValuesAreRefused() {
    READ.refuses("'num_layers': 4", "attention_types names 24 layers, expected one for each of");
    READ.refuses(
        "'num_layers': 1, 'attention_types': [[['far'], 1]]",
        "has 'far', expected global or local");
    READ.refuses("'attention_types': [['global', 12]]", "a list of runs like");
    READ.refuses("'attention_types': [[['global'], 2000000000]]", "names 25 layers");
    READ.refuses("'hidden_size': 30", "hidden_size = 30 is no multiple of num_heads = 16");
    READ.refuses("'layer_types': ['sliding_attention']", "layer_types=");
  }
}
