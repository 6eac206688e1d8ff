package org.nnsight4j.langchain4j;

import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2Model;
import org.nnsight4j.tensor.Tensor;

/** The embedded model with a chat template: each message is a text, and the model continues. */
final class EmbeddedChat {
  static final String EIFFEL = "The Eiffel Tower is in the city of";
  static final int WIDTH = 128;

  private EmbeddedChat() {}

  static Path directory() {
    try {
      Path directory = Files.createTempDirectory("embedded-chat");
      try (Stream<Path> files = Files.list(EmbeddedGpt2.directory())) {
        for (Path file : files.toList()) {
          Files.copy(file, directory.resolve(file.getFileName().toString()));
        }
      }
      ObjectMapper mapper = new ObjectMapper();
      Path config = directory.resolve("tokenizer_config.json");
      ObjectNode json = (ObjectNode) mapper.readTree(config.toFile());
      json.put(
          "chat_template",
          "{% for message in messages %}{{ message['content'] }}{{ ' ' if not loop.last }}{% endfor %}");
      mapper.writeValue(config.toFile(), json);
      directory.toFile().deleteOnExit();
      return directory;
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static LanguageModel<Gpt2> open(Path directory) {
    return LanguageModel.open(new Gpt2Model(), directory);
  }

  /** Some numbers that are not alike. */
  static float[] numbers() {
    float[] numbers = new float[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      numbers[i] = (float) Math.sin(1 + i * 0.7) / 8;
    }
    return numbers;
  }

  /** The weighted sums of what a layer's output is after each of some tokens, by a trace. */
  static List<Double> products(
      LanguageModel<Gpt2> model, int layer, long[] ids, int from, float[] weights, double bias) {
    Tensor hidden =
        model
            .trace()
            .run(
                generator ->
                    generator.invoke(
                        ids, invoker -> invoker.model().transformer().h(layer).output(0).save()))
            .result()
            .value();
    float[] all = hidden.toFloatArray();
    return Stream.iterate(from, i -> i < ids.length, i -> i + 1)
        .map(
            position -> {
              double sum = bias;
              for (int i = 0; i < WIDTH; i++) {
                sum += (double) all[position * WIDTH + i] * weights[i];
              }
              return sum;
            })
        .toList();
  }
}
