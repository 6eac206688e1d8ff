package org.nnsight4j.models.qwen2;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import java.util.Objects;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.nnsight4j.engine.Rope;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.reference.ConfigText;

/** What a config.json says, as {@code Qwen2Config} of transformers 5.23 reads it. */
final class Qwen2ConfigTest {
  private static final ConfigText<Qwen2Config> FILE = new ConfigText<>("qwen2", Qwen2Config::of);

  @Test
  void absentIsTheClassDefault() {
    Qwen2Config config = FILE.of();
    assertThat(config.layers()).isEqualTo(32);
    assertThat(config.sizes())
        .isEqualTo(new Sizes(151_936, Sizes.NO_LIMIT, 4096, 22_016, 32, 32, 128));
    assertThat(config.activation()).isEqualTo("silu");
    assertThat(config.epsilon()).isEqualTo(1e-6);
    assertThat(config.tied()).isFalse();
    assertThat(config.window()).isEmpty();
    assertThat(config.rope()).isEqualTo(new Rope(128, 10_000, new Rope.Plain()));
  }

  @Test
  void theWidthOfAHeadIsAQuotientUnlessItIsGiven() {
    String heads = "'hidden_size': 26, 'num_attention_heads': 4, 'num_key_value_heads': null";
    assertThat(FILE.of(heads).sizes().headDim()).isEqualTo(6);
    assertThat(FILE.of(heads).sizes().kvHeads()).isEqualTo(4);
    assertThat(FILE.of(heads, "'head_dim': 10").sizes().headDim()).isEqualTo(10);
    FILE.refused(
        "'hidden_size': 3, 'num_attention_heads': 32", "hidden_size = 3 leaves no feature");
    FILE.nullRefused(
        "hidden_size",
        "num_hidden_layers",
        "num_attention_heads",
        "vocab_size",
        "intermediate_size",
        "rms_norm_eps",
        "tie_word_embeddings",
        "max_position_embeddings",
        "rope_theta",
        "hidden_act",
        "use_sliding_window");
  }

  @Test
  void windowsAreOfLaterLayersIfTheyAreUsed() {
    String three = "'num_hidden_layers': 3, 'sliding_window': 5, 'max_window_layers': 1";
    assertThat(windows(FILE.of(three))).containsExactly(0, 0, 0).inOrder();
    assertThat(windows(FILE.of(three, "'use_sliding_window': true")))
        .containsExactly(0, 5, 5)
        .inOrder();
    assertThat(
            windows(
                FILE.of(
                    three,
                    "'use_sliding_window': true",
                    "'layer_types': ['sliding_attention', 'full_attention', 'full_attention']")))
        .containsExactly(5, 0, 0)
        .inOrder();
    assertThat(
            windows(
                FILE.of(
                    "'num_hidden_layers': 2, 'use_sliding_window': true, 'max_window_layers': 0")))
        .containsExactly(4096, 4096);
    assertThat(
            windows(
                FILE.of(
                    "'num_hidden_layers': 2, 'use_sliding_window': true, 'max_window_layers': 0,"
                        + " 'sliding_window': null")))
        .containsExactly(0, 0);
  }

  private static List<Integer> windows(Qwen2Config config) {
    return IntStream.range(0, config.layers())
        .map(layer -> Objects.requireNonNullElse(config.types().window(layer, config.window()), 0))
        .boxed()
        .toList();
  }

  @Test
  void implausibleTypesAreRefused() {
    FILE.refused(
        "'num_hidden_layers': 2, 'layer_types': ['full_attention']",
        "layer_types has 1 entries, expected one for each of 2 layers");
    FILE.refused(
        "'num_hidden_layers': 1, 'layer_types': ['linear_attention']",
        "layer_types has 'linear_attention', expected full_attention or sliding_attention");
    Qwen2Config none = FILE.of("'num_hidden_layers': 1, 'layer_types': ['sliding_attention']");
    CheckpointException refusal =
        assertThrows(CheckpointException.class, () -> none.types().window(0, none.window()));
    assertThat(refusal)
        .hasMessageThat()
        .isEqualTo(
            "config.json: sliding_window is none, but layer 0 is of the type sliding_attention");
  }
}
