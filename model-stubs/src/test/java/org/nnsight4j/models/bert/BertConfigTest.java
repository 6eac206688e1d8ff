package org.nnsight4j.models.bert;

import static com.google.common.truth.Truth.assertThat;

import org.junit.jupiter.api.Test;
import org.nnsight4j.models.reference.ConfigReading;

/** What config.json files of BERT may say. */
final class BertConfigTest {
  private static final ConfigReading<BertConfig> READ =
      new ConfigReading<>(new BertFamily(), BertConfig::of);

  @Test
  void whatIsNotSaidIsAsInTransformers() {
    assertThat(READ.of(""))
        .isEqualTo(new BertConfig(12, 30_522, 512, 2, 768, 3072, 12, 64, "gelu", 1e-12, true));
  }

  @Test
  void anythingElseThanAMaskedLanguageModelIsRefused() {
    READ.refuses("'is_decoder': true", "is_decoder=true makes a decoder of it");
    READ.refuses("'add_cross_attention': true", "add_cross_attention=true is not computed");
    for (String type : new String[] {"relative_key", "relative_key_query"}) {
      READ.refuses(
          "'position_embedding_type': '%s'".formatted(type),
          "position_embedding_type=\"%s\" adds positions in another way".formatted(type));
    }
    assertThat(READ.of("'is_decoder': false, 'position_embedding_type': 'absolute'"))
        .isEqualTo(READ.of(""));
  }

  @Test
  void whatCannotBeIsRefused() {
    READ.refuses("'hidden_size': 30", "hidden_size = 30 is no multiple of num_attention_heads");
    READ.refuses("'hidden_act': 'xielu'", "'xielu' is not known");
    READ.refuses("'type_vocab_size': 0", "type_vocab_size must be 1 or more");
    READ.refusesNull(
        "hidden_size", "num_hidden_layers", "vocab_size", "layer_norm_eps", "type_vocab_size");
  }
}
