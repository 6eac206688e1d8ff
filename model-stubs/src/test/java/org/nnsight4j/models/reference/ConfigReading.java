package org.nnsight4j.models.reference;

import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.function.Function;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.family.Family;

/**
 * Reads configurations of a family from the keys that matter in a test, with single quotes.
 *
 * @param family who reads them; its other names of keys count
 * @param reader what it makes of them
 */
public record ConfigReading<T>(Family family, Function<ModelConfig, T> reader) {
  /** What these keys say. */
  public T of(String keys) {
    ModelConfig config =
        ModelConfig.parse(
            Path.of("config.json"),
            "{\"model_type\": \"%s\"%s}"
                .formatted(
                    family.architecture(), keys.isEmpty() ? "" : ", " + keys.replace('\'', '"')));
    return reader.apply(config.withAliases(family.aliases()));
  }

  /** Checks that these keys are refused, naming file and cause. */
  public void refuses(String keys, String... words) {
    CheckpointException refusal = assertThrows(CheckpointException.class, () -> of(keys), keys);
    assertWithMessage(keys).that(refusal).hasMessageThat().startsWith("config.json: ");
    for (String word : words) {
      assertWithMessage(keys).that(refusal).hasMessageThat().contains(word);
    }
  }

  /** Checks that null is refused under these keys, which must have a value. */
  public void refusesNull(String... keys) {
    for (String key : keys) {
      refuses("'%s': null".formatted(key), key + " is null, expected");
    }
  }
}
