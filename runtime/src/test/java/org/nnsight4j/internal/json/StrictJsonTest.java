package org.nnsight4j.internal.json;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

final class StrictJsonTest {
  private static final ObjectMapper MAPPER = StrictJson.mapper(3);

  @Test
  void aDocumentWithinTheLimitsIsRead() throws JsonProcessingException {
    assertThat(MAPPER.readTree("{\"a\": [{}]} ").path("a").size()).isEqualTo(1);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"a\": 1, \"a\": 1}",
        "{} {}",
        "{}x",
        "[[[[]]]]",
        "{\"a\": NaN}",
        "{'a': 1}",
        "["
      })
  void anythingElseIsRefused(String text) {
    assertThrows(JsonProcessingException.class, () -> MAPPER.readTree(text));
  }

  /** Half of a surrogate pair cannot be written as UTF-8, and comes back as it was. */
  @Test
  void unpairedSurrogatesSurvive() throws JsonProcessingException {
    String text = MAPPER.writeValueAsString("\ud83d");
    assertThat(text).isEqualTo("\"\\uD83D\"");
    assertThat(MAPPER.readTree(text).textValue()).isEqualTo("\ud83d");
  }
}
