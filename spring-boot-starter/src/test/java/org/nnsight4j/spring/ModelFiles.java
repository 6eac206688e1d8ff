package org.nnsight4j.spring;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.nnsight4j.attach.ControlVector;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.tensor.Tensor;

/** A checkpoint with a chat template, a probe and a control vector, as files. */
final class ModelFiles {
  static final int WIDTH = 128;

  final Path checkpoint;
  final Path probe;
  final Path vector;

  /** Writes them. */
  ModelFiles(Path folder) throws IOException {
    checkpoint = Files.createDirectory(folder.resolve("checkpoint"));
    try (Stream<Path> files = Files.list(EmbeddedGpt2.directory())) {
      for (Path file : files.toList()) {
        Files.copy(file, checkpoint.resolve(file.getFileName().toString()));
      }
    }
    ObjectMapper mapper = new ObjectMapper();
    Path config = checkpoint.resolve("tokenizer_config.json");
    ObjectNode json = (ObjectNode) mapper.readTree(config.toFile());
    json.put("chat_template", "{% for m in messages %}{{ m['content'] }}{% endfor %}");
    mapper.writeValue(config.toFile(), json);
    float[] numbers = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      numbers[i] = (float) Math.sin(1 + i * 0.7) / 8;
    }
    probe = folder.resolve("waves.safetensors");
    Safetensors.write(
        probe,
        Map.of("weight", Tensor.of(numbers, 1, WIDTH), "bias", Tensor.of(new float[] {0.5f}, 1)),
        Map.of());
    vector = folder.resolve("waves.gguf");
    ControlVector.of("gpt2", Map.of(2, Tensor.of(numbers, WIDTH))).write(vector);
  }
}
