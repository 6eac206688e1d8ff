package org.nnsight4j.models.gptneo;

import java.util.List;
import java.util.OptionalInt;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.models.decoder.ConfigKeys;
import org.nnsight4j.models.decoder.Sizes;
import org.nnsight4j.models.decoder.UncomputedKeys;

/**
 * The keys of GPT-Neo's config.json that change numbers, with Hugging Face's defaults ({@code
 * GPTNeoConfig} of transformers 5).
 *
 * @param kinds of the layers: global or local
 * @param window how many keys a local layer sees
 */
record GptNeoConfig(
    List<String> kinds, int window, Sizes sizes, String activation, double epsilon, boolean tied) {
  private static final String LOCAL = "local";

  static GptNeoConfig of(ModelConfig json) {
    UncomputedKeys.check(json);
    ConfigKeys config = new ConfigKeys(json);
    int layers = config.layers("num_layers", 24);
    int hidden = config.positive("hidden_size", 2048);
    int heads = config.positive("num_heads", 16);
    int headDim = config.headDim(hidden, "hidden_size", heads, "num_heads");
    return new GptNeoConfig(
        kinds(config, layers),
        config.positive("window_size", 256),
        new Sizes(
            config.positive("vocab_size", 50_257),
            config.positive("max_position_embeddings", 2048),
            hidden,
            config.positiveOrNone("intermediate_size", OptionalInt.empty()).orElse(4 * hidden),
            heads,
            heads,
            headDim),
        config.activation("activation_function", "gelu_new"),
        config.epsilon("layer_norm_epsilon", 1e-5),
        config.flag("tie_word_embeddings", true));
  }

  /** The window of a layer; null if it sees everything before. */
  @Nullable Integer window(int layer) {
    return kinds.get(layer).equals(LOCAL) ? (Integer) window : null;
  }

  /** transformers reads the list of older files last, so it wins. */
  private static List<String> kinds(ConfigKeys config, int layers) {
    ModelConfig json = config.config();
    String key = json.has("attention_layers") ? "attention_layers" : "attention_types";
    List<String> kinds = json.has("attention_layers") ? json.strings(key) : json.runs(key, layers);
    if (!json.has(key)) {
      // The class's default, which fits only its own number of layers.
      kinds = IntStream.range(0, 24).mapToObj(i -> i % 2 == 0 ? "global" : LOCAL).toList();
    }
    if (kinds.size() != layers) {
      throw config.wrong(
          key,
          "names %s layers, expected one for each of num_layers = %s"
              .formatted(kinds.size(), layers));
    }
    for (String kind : kinds) {
      if (!kind.equals("global") && !kind.equals(LOCAL)) {
        throw config.wrong(key, "has '%s', expected global or local".formatted(kind));
      }
    }
    return kinds;
  }
}
