package org.nnsight4j.models.reference;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.List;
import java.util.function.Function;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.error.CheckpointException;

/**
 * What config.json files of a family may say: {@code 'hidden_size': 8} is a key of one.
 *
 * @param read the family's reader
 */
public record ConfigText<C>(String modelType, Function<ModelConfig, C> read) {
  public C of(String... keys) {
    String all = String.join(", ", keys).replace('\'', '"');
    return read.apply(
        ModelConfig.parse(
            Path.of("config.json"),
            "{\"model_type\": \"%s\"%s}".formatted(modelType, all.isEmpty() ? "" : ", " + all)));
  }

  /** A file that is refused in these words. */
  public void refused(String keys, String... words) {
    CheckpointException refusal =
        assertThrows(CheckpointException.class, () -> of(keys), modelType + " " + keys);
    assertThat(refusal).hasMessageThat().startsWith("config.json: ");
    for (String word : List.of(words)) {
      assertWithMessage(keys).that(refusal).hasMessageThat().contains(word);
    }
  }

  /** Keys for which null is refused, as by transformers. */
  public void nullRefused(String... keys) {
    for (String key : keys) {
      refused("'%s': null".formatted(key), key + " is null, expected");
    }
  }
}
