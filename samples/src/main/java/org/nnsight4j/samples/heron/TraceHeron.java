package org.nnsight4j.samples.heron;

import static java.util.Objects.requireNonNull;
import static org.nnsight4j.Options.maxNewTokens;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.models.llama.EmbeddedLlama;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;

/** Opens a heron, which has the weights of the embedded Llama under other names. */
public final class TraceHeron {
  private static final String PROMPT = "The capital of Japan is";

  private TraceHeron() {}

  /** Prints heron's text, and what the view of all decoders shows. */
  public static void main(String[] args) throws IOException {
    Path directory = write(Files.createTempDirectory("heron"));
    // snippet: trace
    try (LanguageModel<Heron> heron = LanguageModel.open(new HeronModel(), directory)) {
      String said = heron.generate(maxNewTokens(1), PROMPT, model -> {}).newText(0);
      Saved<Heron.Key> pattern =
          heron.trace(PROMPT, model -> model.trunk().blocks(-1).mix().pattern().output().save());
      // The view of all decoders, and everything built on it, also works for your family.
      Saved<?> lens =
          heron.trace(
              PROMPT,
              model -> {
                Decoder any = Decoder.of(model);
                return any.project(any.layer(2).output().at(-1)).argMax(-1).save();
              });
      System.out.println(said + ", attention " + pattern.value().header());
      System.out.println(heron.tokenizer().decode(lens.value().toLongArray()));
    }
    // end
  }

  /** Writes the checkpoint: configuration, tokenizer and the renamed weights. */
  public static Path write(Path directory) throws IOException {
    Path llama = EmbeddedLlama.directory();
    Files.writeString(
        directory.resolve("config.json"),
        """
        {"model_type": "heron", "depth": 4, "width": 128, "neurons": 352, "heads": 4,
         "kv_heads": 2, "theta": 10000.0, "vocab_size": 1330, "bos_token_id": 1, "eos_token_id": 0}
        """);
    for (String file : new String[] {"tokenizer.json", "tokenizer_config.json"}) {
      Files.copy(llama.resolve(file), directory.resolve(file));
    }
    Map<String, Tensor> weights = new TreeMap<>();
    Map<String, Tensor> given = Safetensors.read(llama.resolve("model.safetensors"));
    given.forEach(
        (name, tensor) -> {
          if (!name.matches(".*\\.[qkv]_proj\\.weight")) {
            weights.put(renamed(name), tensor);
          }
        });
    for (int layer = 0; layer < 4; layer++) {
      String from = "model.layers.%s.self_attn.".formatted(layer);
      weights.put(
          "trunk.blocks.%s.mix.qkv.weight".formatted(layer),
          below(
              requireNonNull(given.get(from + "q_proj.weight")),
              requireNonNull(given.get(from + "k_proj.weight")),
              requireNonNull(given.get(from + "v_proj.weight"))));
    }
    Safetensors.write(directory.resolve("model.safetensors"), weights, Map.of());
    return directory;
  }

  private static String renamed(String name) {
    return name.replace("model.embed_tokens", "trunk.embed")
        .replace("model.layers", "trunk.blocks")
        .replace("model.norm", "trunk.last_norm")
        .replace("input_layernorm", "norm1")
        .replace("post_attention_layernorm", "norm2")
        .replace("self_attn.o_proj", "mix.out")
        .replaceAll("mlp\\.(gate|up|down)_proj", "mlp.$1");
  }

  /** The rows of several matrices, one after another. */
  private static Tensor below(Tensor... parts) {
    int numbers = 0;
    long rows = 0;
    for (Tensor part : parts) {
      numbers += part.toFloatArray().length;
      rows += part.shape()[0];
    }
    float[] all = new float[numbers];
    int at = 0;
    for (Tensor part : parts) {
      float[] some = part.toFloatArray();
      System.arraycopy(some, 0, all, at, some.length);
      at += some.length;
    }
    return Tensor.of(all, rows, parts[0].shape()[1]);
  }
}
