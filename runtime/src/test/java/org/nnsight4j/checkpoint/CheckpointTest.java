package org.nnsight4j.checkpoint;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.checkpoint.TestFiles.model;
import static org.nnsight4j.checkpoint.TestFiles.shard;
import static org.nnsight4j.checkpoint.TestFiles.write;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.error.CheckpointException;

class CheckpointTest {
  @TempDir Path directory;

  private void refused(Executable action, String... parts) {
    var thrown = assertThrows(CheckpointException.class, action);
    for (String part : parts) {
      assertThat(thrown).hasMessageThat().contains(part);
    }
  }

  private Checkpoint sharded(String weightMap) {
    model(directory);
    write(
        directory.resolve("model.safetensors.index.json"),
        "{\"metadata\":{\"total_size\":16},\"weight_map\":" + weightMap + "}");
    return Checkpoint.open(directory);
  }

  @Test
  void opensADirectory() {
    model(directory, "b", "a");
    write(directory.resolve("tokenizer.json"), "{}");
    write(directory.resolve("generation_config.json"), "{\"eos_token_id\":[1,2]}");
    Checkpoint checkpoint = Checkpoint.open(directory);
    assertThat(checkpoint.directory()).isEqualTo(directory);
    assertThat(checkpoint.config().modelType()).isEqualTo("gpt2");
    assertThat(checkpoint.generationConfig().get().integers("eos_token_id"))
        .containsExactly(1, 2)
        .inOrder();
    assertThat(checkpoint.tokenizerFile())
        .isEqualTo(Optional.of(directory.resolve("tokenizer.json")));
    assertThat(checkpoint.tensors().keySet()).containsExactly("a", "b").inOrder();
    assertThat(checkpoint.tensors()).isSameInstanceAs(checkpoint.tensors());
  }

  @Test
  void opensWithoutWeights() {
    Checkpoint checkpoint = Checkpoint.open(model(directory));
    assertThat(checkpoint.generationConfig()).isEmpty();
    assertThat(checkpoint.tokenizerFile()).isEmpty();
    refused(checkpoint::tensors, "model.safetensors", "no weights");
  }

  @Test
  void refusesOtherDirectories() throws IOException {
    refused(() -> Checkpoint.open(directory.resolve("gpt3")), "gpt3", "no such directory");
    refused(() -> Checkpoint.open(directory), "config.json", "an empty directory");
    write(directory.resolve("notes.txt"), "");
    refused(() -> Checkpoint.open(directory), "only notes.txt");
    refused(() -> Checkpoint.open(directory.resolve("notes.txt")), "found a file");
    Files.createDirectory(directory.resolve("snapshots"));
    refused(() -> Checkpoint.open(directory), "below snapshots/");
  }

  @Test
  void saysHowToConvertAPickle() {
    model(directory);
    write(directory.resolve("pytorch_model.bin"), "");
    refused(
        () -> Checkpoint.open(directory).tensors(), "only pytorch_model.bin", "save_pretrained");
  }

  @Test
  void readsShards() {
    shard(directory.resolve("x-1.safetensors"), "a", "b");
    shard(directory.resolve("x-2.safetensors"), "c");
    Checkpoint checkpoint =
        sharded("{\"a\":\"x-1.safetensors\",\"b\":\"x-1.safetensors\",\"c\":\"x-2.safetensors\"}");
    assertThat(checkpoint.tensors().keySet()).containsExactly("a", "b", "c").inOrder();
    assertThat(checkpoint.tensors().get("c").file())
        .isEqualTo(directory.resolve("x-2.safetensors"));
  }

  @Test
  void refusesWrongShards() {
    shard(directory.resolve("x-1.safetensors"), "a", "b");
    shard(directory.resolve("x-2.safetensors"), "b");
    refused(
        () -> sharded("{\"a\":\"x-3.safetensors\"}").tensors(),
        "the shard \"x-3.safetensors\"",
        "download all shards");
    refused(
        () -> sharded("{\"c\":\"x-1.safetensors\"}").tensors(), "tensor \"c\"", "found it nowhere");
    refused(
        () -> sharded("{\"a\":\"x-1.safetensors\",\"b\":\"x-2.safetensors\"}").tensors(),
        "tensor \"b\" is in two shards");
    refused(
        () -> sharded("{\"a\":\"x-2.safetensors\"}").tensors(), "tensor \"a\"", "found it nowhere");
    refused(() -> sharded("{}").tensors(), "weight_map", "found {}");
    refused(() -> sharded("[]").tensors(), "weight_map", "found []");
    refused(() -> sharded("{\"a\":1}").tensors(), "tensor \"a\"", "found 1");
    for (String name :
        new String[] {
          "../x-1.safetensors",
          "/x-1.safetensors",
          "a\\\\x.safetensors",
          "C:x.safetensors",
          "..",
          ""
        }) {
      refused(
          () -> sharded("{\"a\":\"" + name + "\"}").tensors(),
          "the plain name of a .safetensors file");
    }
  }

  @Test
  void placesATensorInTheWrongShard() {
    shard(directory.resolve("x-1.safetensors"), "a");
    shard(directory.resolve("x-2.safetensors"), "b");
    refused(
        () -> sharded("{\"a\":\"x-2.safetensors\",\"b\":\"x-1.safetensors\"}").tensors(),
        "found it in x-1.safetensors");
  }

  @Test
  void aDamagedHeaderIsNamed() throws IOException {
    model(directory);
    Files.write(directory.resolve("model.safetensors"), new byte[20]);
    refused(
        () -> Checkpoint.open(directory).tensors(), "model.safetensors", "not a safetensors file");
  }

  @Test
  void aDamagedConfigIsNamed() {
    write(directory.resolve("config.json"), "{\"n_layer\": }");
    refused(() -> Checkpoint.open(directory), "config.json", "not JSON", "line 1");
  }
}
