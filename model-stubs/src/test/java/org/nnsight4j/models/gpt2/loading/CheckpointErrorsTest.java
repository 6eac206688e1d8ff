package org.nnsight4j.models.gpt2.loading;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.models.gpt2.Probe.IDS;
import static org.nnsight4j.models.gpt2.Probe.liveArrays;
import static org.nnsight4j.models.gpt2.Probe.logits;
import static org.nnsight4j.models.gpt2.Probe.thrownAt;
import static org.nnsight4j.models.gpt2.loading.WeightFile.cut;
import static org.nnsight4j.models.gpt2.loading.WeightFile.joined;
import static org.nnsight4j.models.gpt2.loading.WeightFile.put;
import static org.nnsight4j.models.gpt2.loading.WeightFile.read;
import static org.nnsight4j.models.gpt2.loading.WeightFile.write;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.checkpoint.Checkpoint;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.checkpoint.TensorEntry;
import org.nnsight4j.engine.Weights;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2Model;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** Damaged and unusual model directories: one clear error and a second try, or right numbers. */
final class CheckpointErrorsTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String SOME = "transformer.h.0.mlp.c_fc.bias";
  private static final String OTHER = "transformer.h.1.mlp.c_fc.bias";

  @TempDir Path temporary;
  private Path directory;
  private Path weights;

  @BeforeEach
  void copy() throws IOException {
    // libtorch gets this path as text.
    directory = Files.createDirectory(temporary.resolve("modèle #1 % 模"));
    weights = directory.resolve("model.safetensors");
    for (String file : List.of("config.json", "model.safetensors", "tokenizer.json")) {
      Files.copy(EmbeddedGpt2.directory().resolve(file), directory.resolve(file));
    }
  }

  @Test
  void directoryThatIsMissing() {
    refusedToOpen(temporary.resolve("none"), "none", "no such directory");
    refusedToOpen(weights, "a file");
    assertThrows(
        NullPointerException.class, () -> LanguageModel.open(new Gpt2Model(), (Path) null));
    assertThrows(NullPointerException.class, () -> LanguageModel.open(null, directory));
  }

  @Test
  void configThatIsMissing() throws IOException {
    Files.delete(directory.resolve("config.json"));
    refusedToOpen(directory, "config.json", "model.safetensors");
  }

  @ParameterizedTest
  @CsvSource({
    "model_type, '\"llama\"', 'llama'",
    "model_type, 3, 'model_type'",
    "model_type, null, 'model_type'",
    "n_head, 3, 'no multiple of n_head = 3'",
    "n_head, 0, 'n_head must be 1 or more'",
    "n_layer, -4, 'n_layer must be 1 or more, found -4'",
    "n_layer, 2000000000, 'n_layer'",
    "n_embd, '\"128\"', 'n_embd'",
    "n_embd, 1e99, 'n_embd'",
    "n_embd, 1073741824, 'n_embd'",
    "n_embd, 2147483648, 'n_embd'",
    "n_inner, 0, 'n_inner must be 1 or more'",
    "vocab_size, 0.5, 'vocab_size'",
    "n_positions, [1], 'n_positions'",
    "layer_norm_epsilon, '\"small\"', 'layer_norm_epsilon'",
    "layer_norm_epsilon, -1, 'layer_norm_epsilon'",
    "activation_function, '\"gelu_newest\"', 'gelu_newest'",
    "tie_word_embeddings, 1, 'tie_word_embeddings'",
    "add_cross_attention, true, 'add_cross_attention'"
  })
  void configWithNonsense(String key, String value, String word) throws IOException {
    ObjectNode config = (ObjectNode) JSON.readTree(directory.resolve("config.json").toFile());
    config.set(key, JSON.readTree(value));
    Files.writeString(directory.resolve("config.json"), config.toString());
    refusedToOpen(directory, "config.json", word);
  }

  @ParameterizedTest
  @ValueSource(strings = {"{", "[]", "null", "{\"model_type\": \"gpt2\"} x"})
  void configThatIsNotJson(String text) throws IOException {
    Files.writeString(directory.resolve("config.json"), text);
    refusedToOpen(directory, "config.json");
  }

  static Stream<Arguments> damages() {
    return Stream.of(
        damaged("nothing there", path -> write(path, null), "model.safetensors"),
        damaged("empty", path -> write(path, new byte[0]), "model.safetensors"),
        damaged("four bytes", path -> write(path, new byte[4]), "model.safetensors"),
        damaged("half", path -> cut(path, read(path).length / 2), "model.safetensors"),
        damaged("one byte short", path -> cut(path, read(path).length - 1), "model.safetensors"),
        damaged("one byte long", path -> cut(path, read(path).length + 1), "model.safetensors"),
        damaged("huge header", path -> put(path, 4, (byte) 127), "model.safetensors"),
        damaged("negative header", path -> put(path, 7, (byte) -1), "model.safetensors"),
        damaged("no JSON", path -> put(path, 8, (byte) 'x'), "model.safetensors"),
        edited(
            "overlap",
            (all, one) -> one.set("data_offsets", all.get(OTHER).get("data_offsets")),
            "model.safetensors"),
        edited("dtype", (all, one) -> one.put("dtype", "F7"), "F7", SOME),
        edited("integers", (all, one) -> one.put("dtype", "I32"), "I32", SOME),
        edited("shape", (all, one) -> one.putArray("shape").add(2).add(256), "[512]", "[2, 256]"),
        edited("negative", (all, one) -> one.putArray("shape").add(-512), SOME),
        edited("missing", (all, one) -> all.set("other", all.remove(SOME)), SOME, "other"));
  }

  private static Arguments damaged(String name, Consumer<Path> damage, String... words) {
    return Arguments.of(name, damage, words);
  }

  private interface Edit {
    void apply(ObjectNode all, ObjectNode one);
  }

  private static Arguments edited(String name, Edit edit, String... words) {
    return damaged(
        name,
        path -> {
          ByteBuffer file = ByteBuffer.wrap(read(path)).order(ByteOrder.LITTLE_ENDIAN);
          int length = (int) file.getLong(0);
          try {
            ObjectNode header = (ObjectNode) JSON.readTree(file.array(), 8, length);
            edit.apply(header, (ObjectNode) header.get(SOME));
            byte[] data = Arrays.copyOfRange(file.array(), 8 + length, file.capacity());
            write(path, joined(header.toString(), data));
          } catch (IOException e) {
            throw new UncheckedIOException(e);
          }
        },
        words);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("damages")
  void damagedWeightsAreRefusedAndCanBeRepaired(
      String name, Consumer<Path> damage, String[] words) {
    byte[] good = read(weights);
    int before = liveArrays();
    try (LanguageModel<Gpt2> model = open()) {
      damage.accept(weights);
      CheckpointException error = assertThrows(CheckpointException.class, () -> logitsOf(model));
      for (String word : words) {
        assertThat(error).hasMessageThat().contains(word);
      }
      assertThat(liveArrays()).isEqualTo(before);
      write(weights, good);
      assertThat(logitsOf(model)).isEqualTo(logits());
    }
    assertThat(liveArrays()).isEqualTo(before);
  }

  @Test
  void fileThatShrinksAfterItsHeaderWasRead() {
    Map<String, TensorEntry> entries = Checkpoint.open(directory).tensors();
    cut(weights, read(weights).length / 2 / 4 * 4);
    int before = liveArrays();
    CheckpointException error = assertThrows(CheckpointException.class, () -> Weights.map(entries));
    assertThat(error).hasMessageThat().contains("model.safetensors");
    assertThat(error).hasMessageThat().contains("changed");
    assertThat(liveArrays()).isEqualTo(before);
  }

  @Test
  void tensorsAtOddOffsets() {
    Tensor expected = logits();
    Map<String, Tensor> tensors = Safetensors.read(weights);
    write(weights, withTruthFirst(tensors));
    assertThat(logitsOf(open())).isEqualTo(expected);
    Map<String, Tensor> narrow = new TreeMap<>();
    tensors.forEach(
        (name, tensor) ->
            narrow.put(name, Tensor.ofBfloat16(tensor.toFloatArray(), tensor.shape())));
    Safetensors.write(weights, narrow, Map.of());
    Tensor aligned = logitsOf(open());
    write(weights, withTruthFirst(narrow));
    assertThat(logitsOf(open())).isEqualTo(aligned);
    assertThat(aligned).isNotEqualTo(expected);
    Probe.assertClose("bf16", aligned, expected, 0.05);
  }

  /** A header of no particular length, and one byte before all numbers. */
  private static byte[] withTruthFirst(Map<String, Tensor> tensors) {
    ObjectNode header = JSON.createObjectNode();
    Map<String, Tensor> all = new TreeMap<>(tensors);
    Tensor truth = Tensor.of(new boolean[] {true}, 1);
    int size = 1 + all.values().stream().mapToInt(each -> each.bytes().remaining()).sum();
    ByteBuffer data = ByteBuffer.allocate(size);
    place(header, data, "transformer.h.0.attn.bias", truth);
    all.forEach((name, tensor) -> place(header, data, name, tensor));
    String text = header.toString();
    return joined(text + " ".repeat((8 - text.length() % 8) % 8), data.array());
  }

  private static void place(ObjectNode header, ByteBuffer data, String name, Tensor tensor) {
    DType dtype = tensor.dtype();
    ObjectNode entry = header.putObject(name).put("dtype", dtype.safetensorsName());
    Arrays.stream(tensor.shape()).forEach(entry.withArray("shape")::add);
    int begin = data.position();
    data.put(tensor.bytes());
    entry.putArray("data_offsets").add(begin).add(data.position());
  }

  @Test
  void tokenizerThatIsDamagedOrMissing() throws IOException {
    Path file = directory.resolve("tokenizer.json");
    byte[] good = read(file);
    try (LanguageModel<Gpt2> model = open()) {
      write(file, "{\"version\": 1}".getBytes(StandardCharsets.UTF_8));
      CheckpointException damaged =
          assertThrows(
              CheckpointException.class, () -> model.trace("text", m -> m.output().save()));
      assertThat(damaged).hasMessageThat().contains("tokenizer.json");
      Files.delete(file);
      RecordingException missing =
          assertThrows(RecordingException.class, () -> model.trace("text", m -> m));
      assertThat(missing).hasMessageThat().contains("no tokenizer.json");
      assertThat(missing).hasMessageThat().contains(thrownAt(missing));
      assertThat(logitsOf(model)).isEqualTo(logits());
      write(file, good);
      assertThat(model.trace("text", m -> m.output().save()).value().rank()).isEqualTo(3);
    }
  }

  private LanguageModel<Gpt2> open() {
    return LanguageModel.open(new Gpt2Model(), directory);
  }

  private static Tensor logitsOf(LanguageModel<Gpt2> model) {
    return model
        .trace()
        .run(generator -> generator.invoke(IDS, invoker -> invoker.model().output().save()))
        .result()
        .value();
  }

  private static void refusedToOpen(Path path, String... words) {
    CheckpointException error =
        assertThrows(CheckpointException.class, () -> LanguageModel.open(new Gpt2Model(), path));
    for (String word : words) {
      assertThat(error).hasMessageThat().contains(word);
    }
  }
}
