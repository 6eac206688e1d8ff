package org.nnsight4j.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import org.nnsight4j.Edit;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.attach.LoraAdapter;
import org.nnsight4j.attach.SparseAutoencoder;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.sae.SaeFeatures;
import org.nnsight4j.toolkit.sae.SaeFeaturesResult;
import org.nnsight4j.values.Saved;

/** The smallest folders of SAELens and PEFT that can be opened: their files, keys and shapes. */
public final class ToolFolders {
  private static final String EIFFEL = "The Eiffel Tower is in the city of";

  private ToolFolders() {}

  /** Writes a folder of each and opens it. */
  public static void main(String[] args) throws IOException {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      System.out.println(autoencoder(gpt2, Files.createTempDirectory("sae")).top(-1));
      System.out.println(adapter(gpt2, Files.createTempDirectory("lora")).value());
    }
  }

  /** Small numbers that are always the same. */
  private static Tensor random(int rows, int columns) {
    Random random = new Random(1);
    float[] numbers = new float[rows * columns];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = (float) (0.1 * random.nextGaussian());
    }
    return Tensor.of(numbers, rows, columns);
  }

  static SaeFeaturesResult autoencoder(LanguageModel<Gpt2> gpt2, Path folder) throws IOException {
    // snippet: autoencoder
    Files.writeString(
        folder.resolve("cfg.json"),
        """
        {"architecture": "standard", "d_in": 128, "d_sae": 256, "dtype": "float32",
         "apply_b_dec_to_input": true, "normalize_activations": "none",
         "metadata": {"hook_name": "blocks.2.hook_resid_post"}}
        """);
    Safetensors.write(
        folder.resolve("sae_weights.safetensors"),
        Map.of(
            "W_enc", random(128, 256), // [d_in, d_sae]
            "b_enc", Tensor.of(new float[256], 256), // [d_sae]
            "W_dec", random(256, 128), // [d_sae, d_in]
            "b_dec", Tensor.of(new float[128], 128)), // [d_in]
        Map.of());
    SparseAutoencoder sae = SparseAutoencoder.open(folder);
    // end
    return SaeFeatures.of(gpt2, sae).run(EIFFEL);
  }

  static Saved<Vocab> adapter(LanguageModel<Gpt2> gpt2, Path folder) throws IOException {
    // snippet: adapter
    Files.writeString(
        folder.resolve("adapter_config.json"),
        """
        {"peft_type": "LORA", "r": 4, "lora_alpha": 8, "target_modules": ["transformer.h.2.mlp.c_fc"]}
        """);
    String module = "base_model.model.transformer.h.2.mlp.c_fc.";
    Safetensors.write(
        folder.resolve("adapter_model.safetensors"),
        Map.of(
            module + "lora_A.weight", random(4, 128), // [r, in], of GPT-2's Conv1D too
            module + "lora_B.weight", random(512, 4)), // [out, r]
        Map.of());
    LoraAdapter adapter = LoraAdapter.load(folder);
    Edit edit = gpt2.edit(invoker -> invoker.add(adapter)); // adds A x, then B, times alpha / r
    // end
    return gpt2.with(edit).trace(EIFFEL, model -> model.output().at(-1).save());
  }
}
