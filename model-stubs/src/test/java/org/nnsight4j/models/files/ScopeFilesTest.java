package org.nnsight4j.models.files;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nnsight4j.attach.SparseAutoencoder;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.Tensor;

/** Every key and tensor of these files is used, changes nothing, or is refused by its name. */
final class ScopeFilesTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final Path SCOPES = FieldFixture.FIXTURES.resolve("scopes");
  private static final String SECOND =
      "gemma-scope/models--google--gemma-scope-2-270m-pt/snapshots/0/";

  @TempDir Path directory;

  private Path copy(String folder) throws IOException {
    Path from = SCOPES.resolve(folder);
    Path to = directory.resolve("copy");
    try (Stream<Path> files = Files.walk(from)) {
      for (Path each : files.toList()) {
        Path target = to.resolve(from.relativize(each).toString());
        if (Files.isDirectory(each)) {
          Files.createDirectories(target);
        } else {
          Files.deleteIfExists(target);
          Files.copy(each, target);
        }
      }
    }
    return to;
  }

  private static void set(Path file, String key, String value) throws IOException {
    ObjectNode json = (ObjectNode) JSON.readTree(file.toFile());
    json.set(key, JSON.readTree(value));
    Files.writeString(file, json.toString());
  }

  private static void refused(Path folder, String words) {
    CheckpointException error =
        assertThrows(CheckpointException.class, () -> SparseAutoencoder.open(folder));
    assertThat(error).hasMessageThat().contains(folder.toString());
    assertThat(error).hasMessageThat().contains(words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "sparsify/topk/layers.1 | cfg.json | a_key_of_tomorrow | 1 | is no key of sparsify 1.3.3",
        "sparsify/topk/layers.1 | cfg.json | activation | \"relu\" | activation=\"relu\" changes the numbers",
        "sparsify/topk/layers.1 | cfg.json | k | 0 | k = 0, expected 1 to 24",
        "sparsify/topk/layers.1 | cfg.json | k | 25 | k = 25, expected 1 to 24",
        "sparsify/topk/layers.1 | cfg.json | k | null | expected an integer under \"k\"",
        "sparsify/topk/layers.1 | cfg.json | d_in | 17 | d_in = 17, but encoder.weight has 16",
        "sparsify/topk/layers.1 | cfg.json | num_latents | 0 | times expansion_factor, = 512",
        "sparsify/topk/layers.1 | cfg.json | skip_connection | true | skip_connection = true, but the weights have no W_skip",
        "sparsify/skip/layers.1.mlp | cfg.json | skip_connection | false | skip_connection = false, but the weights have a W_skip",
        "sparsify/groupmax/layers.1.mlp | cfg.json | k | 5 | k = 5 groups must be of equal size, found 24",
        "sparsify/groupmax/layers.1.mlp | cfg.json | signed | true | found both",
        "llama-scope/topk | hyperparams.json | use_glu_encoder | true | use_glu_encoder=true changes",
        "llama-scope/topk | hyperparams.json | norm_activation | \"token-wise\" | norm_activation=\"token-wise\" changes",
        "llama-scope/topk | hyperparams.json | norm_activation | null | expected a string under \"norm_activation\"",
        "llama-scope/topk | hyperparams.json | norm_activation | \"dataset-wise\" | needs a positive dataset_average_activation_norm.in",
        "llama-scope/topk | hyperparams.json | act_fn | \"batchtopk\" | act_fn must be one of [jumprelu, relu, topk]",
        "llama-scope/topk | hyperparams.json | jump_relu_threshold | -0.5 | expected a jump_relu_threshold of 0 or more",
        "llama-scope/topk | hyperparams.json | use_decoder_bias | true | use_decoder_bias = true, but the weights have no decoder.bias",
        "llama-scope/topk | hyperparams.json | d_sae | 23 | d_sae = 23, but W_enc has 24",
        "llama-scope/topk | hyperparams.json | a_key_of_tomorrow | 1 | is no key of Llama Scope"
      })
  void whatAFileAsksForAndIsNotComputed(
      String folder, String file, String key, String value, String words) throws IOException {
    Path copy = copy(folder);
    set(copy.resolve(file), key, value);
    refused(copy, words);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "architecture | \"topk\" | architecture=\"topk\" changes the numbers",
        "type | \"clt\" | type=\"clt\" reads or writes several layers",
        "type | \"crosscoder\" | reads or writes several layers",
        "hf_hook_point_out | \"model.layers.2.output\" | expected one place",
        "hf_hook_point_in | null | expected a string under \"hf_hook_point_in\"",
        "width | 25 | width = 25, but w_enc has 24",
        "affine_connection | true | but the weights have no affine_skip_connection",
        "a_key_of_tomorrow | 1 | is no key of Gemma Scope 2"
      })
  void gemmaScope(String key, String value, String words) throws IOException {
    Path copy = copy(SECOND + "resid_post/layer_1_width_16k_l0_small");
    set(copy.resolve("config.json"), key, value);
    refused(copy, words);
  }

  @Test
  void aFolderThatSaysNothing() throws IOException {
    Path copy = copy(SECOND + "transcoder/layer_0_width_16k_l0_big");
    refused(copy, "expected config.json beside params.safetensors, or folders called as");
    Files.createDirectories(directory.resolve("copy"));
    Path empty = Files.createDirectory(directory.resolve("empty"));
    refused(empty, "expected the files of an autoencoder: cfg.json with");
    Files.writeString(empty.resolve("ae.pt"), "");
    refused(empty, ".pt and .pth are pickles, which are code");
    refused(directory.resolve("none"), "found no such directory");
  }

  @ParameterizedTest
  @CsvSource({
    "sparsify/topk/layers.1, sae.safetensors",
    "llama-scope/topk, checkpoints/final.safetensors"
  })
  void everyTensorIsUsed(String folder, String file) throws IOException {
    Path copy = copy(folder);
    Map<String, Tensor> tensors = new TreeMap<>(Safetensors.read(copy.resolve(file)));
    tensors.put("running_mean", Tensor.of(new float[] {1}, 1));
    Safetensors.write(copy.resolve(file), tensors, Map.of());
    refused(copy, "found also [running_mean]");
    tensors.remove("running_mean");
    tensors.remove("encoder.bias");
    Safetensors.write(copy.resolve(file), tensors, Map.of());
    refused(copy, "expected a tensor 'encoder.bias'");
    tensors.put("encoder.bias", Tensor.of(new float[] {1}, 1));
    Safetensors.write(copy.resolve(file), tensors, Map.of());
    refused(copy, "must have the shape [24], found [1]");
  }
}
