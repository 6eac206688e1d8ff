package org.nnsight4j.models.gptj;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigReading;

/** What a GPT-J's config.json says, as {@code GPTJConfig} of transformers 5.23 reads it. */
final class GptJConfigTest {
  private static final ConfigReading<GptJConfig> READ =
      new ConfigReading<>(new GptJFamily(), GptJConfig::of);

  @Test
  void absentIsTheClassDefault() {
    assertThat(READ.of(""))
        .isEqualTo(
            new GptJConfig(
                28,
                new Sizes(50_400, 2048, 4096, 16_384, 16, 16, 256),
                "gelu_new",
                1e-5,
                false,
                new Rope(64, 10_000, new Rope.Plain(), true)));
  }

  @Test
  void otherNamesAndNull() {
    GptJConfig config =
        READ.of(
            "'hidden_size': 24, 'num_attention_heads': 3, 'num_hidden_layers': 2,"
                + " 'max_position_embeddings': 9, 'rotary_dim': 8, 'n_inner': null");
    assertThat(config.layers()).isEqualTo(2);
    assertThat(config.sizes()).isEqualTo(new Sizes(50_400, 9, 24, 96, 3, 3, 8));
  }

  @Test
  void nullWhereThereMustBeAValueIsRefused() {
    READ.refusesNull(
        "n_embd",
        "n_layer",
        "n_head",
        "n_positions",
        "vocab_size",
        "activation_function",
        "layer_norm_epsilon",
        "rotary_dim",
        "tie_word_embeddings");
  }

  @Test
  void unsupportedValuesAreRefused() {
    READ.refuses("'rotary_dim': 7", "rotary_dim is 7, expected an even number of the 256 features");
    READ.refuses("'rotary_dim': 258", "rotary_dim is 258, expected");
    READ.refuses("'rotary_dim': 0", "rotary_dim must be 1 or more");
    READ.refuses("'n_embd': 30", "n_embd = 30 is no multiple of n_head = 16");
    READ.refuses("'activation_function': 'xielu'", "'xielu' is not known");
    READ.refuses("'is_causal': false", "is_causal=false changes what transformers computes");
  }
}
