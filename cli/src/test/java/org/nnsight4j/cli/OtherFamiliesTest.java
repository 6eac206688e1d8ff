package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Random;
import java.util.TreeMap;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.llama.LlamaFamily;
import org.nnsight4j.tensor.Tensor;

/** The commands take a Llama as they take a GPT-2. */
final class OtherFamiliesTest {
  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();

  @TempDir private Path folder;

  @BeforeEach
  void checkpoint() throws Exception {
    Files.writeString(
        folder.resolve("config.json"),
        """
        {"model_type": "llama", "num_hidden_layers": 2, "hidden_size": 16, "vocab_size": 1329,
         "num_attention_heads": 4, "num_key_value_heads": 2, "intermediate_size": 8,
         "max_position_embeddings": 64}
        """);
    Files.copy(
        EmbeddedGpt2.directory().resolve("tokenizer.json"), folder.resolve("tokenizer.json"));
    Random random = new Random(1);
    Map<String, Tensor> weights = new TreeMap<>();
    new LlamaFamily()
        .blueprint(Checkpoint.open(folder).config())
        .parameters()
        .forEach(
            (name, shape) -> {
              long size = shape.length == 1 ? shape[0] : shape[0] * shape[1];
              float[] numbers = new float[(int) size];
              for (int i = 0; i < numbers.length; i++) {
                numbers[i] = (float) random.nextGaussian() / 2;
              }
              weights.put(name, Tensor.of(numbers, shape));
            });
    Safetensors.write(folder.resolve("model.safetensors"), weights, Map.of());
  }

  @Test
  void runContinuesAText() {
    assertSucceeds("run", "--model", folder.toString(), "--max-new-tokens=3", "The Eiffel Tower");
    assertThat(out.toString()).startsWith("The Eiffel Tower");
  }

  @Test
  void lensShowsEachLayer() {
    assertSucceeds("lens", "--model", folder.toString(), "The Eiffel Tower");
    assertThat(out.toString()).contains("layers.0");
    assertThat(out.toString()).contains("layers.1");
  }

  @Test
  void describeShowsModulesAndTuples() {
    assertSucceeds("describe", folder.toString());
    assertThat(out.toString()).contains("model.layers.* x2");
    assertThat(out.toString())
        .containsMatch("model\\.layers\\.\\*\\.self_attn\\.k +inner value .*kvhead 2, position");
    assertThat(out.toString())
        .contains("([batch, position, rotary 4], [batch, position, rotary 4])");
  }

  /** Cosines and sines: each element of a tuple is a tensor of its own. */
  @Test
  void cacheWritesEveryElementOfATuple() throws Exception {
    Path file = folder.resolve("cache.safetensors");
    assertSucceeds("cache", "--model", folder.toString(), "--ids=5,6,7", "--out", file.toString());
    Map<String, Tensor> cached = Safetensors.read(file);
    Tensor cosines = cached.get("model.rotary_emb.output.0");
    Tensor sines = cached.get("model.rotary_emb.output.1");
    for (int i = 0; i < cosines.size(); i++) {
      assertThat(Math.hypot(cosines.at(i), sines.at(i))).isWithin(1e-6).of(1);
    }
    assertThat(cosines.at(0)).isEqualTo(1.0);
    assertThat(sines.at(0)).isEqualTo(0.0);
  }

  private void assertSucceeds(String... arguments) {
    int exit =
        Main.command(arguments)
            .setOut(new PrintWriter(out, true))
            .setErr(new PrintWriter(err, true))
            .execute(arguments);
    assertWithMessage(err.toString()).that(exit).isEqualTo(0);
  }
}
