package org.nnsight4j.tokenizer;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.io.InputStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.LongStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RunException;

/**
 * The same files give the same ids and texts as in {@code AutoTokenizer}; the cases are those of
 * tools/reference/tokenizer_fixtures.py.
 */
final class TokenizerMatchesTransformersTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNode FIXTURE = resource("cases");

  private static final TypeReference<List<Long>> LONGS = new TypeReference<>() {};

  @TempDir private Path directory;

  private static JsonNode resource(String name) {
    String path = "/tokenizers/" + name + ".json";
    try (InputStream in = TokenizerMatchesTransformersTest.class.getResourceAsStream(path)) {
      return JSON.readTree(in);
    } catch (IOException e) {
      throw new AssertionError(path, e);
    }
  }

  static List<String> names() {
    return StreamSupport.stream(FIXTURE.get("cases").spliterator(), false)
        .map(each -> each.get("name").textValue())
        .toList();
  }

  private Tokenizer open(String base, JsonNode patch, JsonNode files) throws IOException {
    ObjectNode tokenizer = resource(base).deepCopy();
    for (Map.Entry<String, JsonNode> part : patch.properties()) {
      tokenizer.set(part.getKey(), part.getValue());
    }
    JSON.writeValue(directory.resolve("tokenizer.json").toFile(), tokenizer);
    for (Map.Entry<String, JsonNode> file : files.properties()) {
      JSON.writeValue(directory.resolve(file.getKey()).toFile(), file.getValue());
    }
    return Tokenizer.open(directory.resolve("tokenizer.json"));
  }

  private Tokenizer open(String config) throws IOException {
    Files.writeString(directory.resolve("tokenizer_config.json"), config);
    return open("byte_level", JSON.createObjectNode(), JSON.createObjectNode());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("names")
  void idsAndTexts(String name) throws IOException {
    JsonNode fixture =
        StreamSupport.stream(FIXTURE.get("cases").spliterator(), false)
            .filter(each -> each.get("name").textValue().equals(name))
            .findFirst()
            .orElseThrow();
    try (Tokenizer tokenizer =
        open(fixture.get("base").textValue(), fixture.get("patch"), fixture.get("files"))) {
      for (int i = 0; i < FIXTURE.get("texts").size(); i++) {
        String text = FIXTURE.get("texts").get(i).textValue();
        long[] ids =
            StreamSupport.stream(fixture.get("ids").get(i).spliterator(), false)
                .mapToLong(JsonNode::longValue)
                .toArray();
        assertWithMessage("ids of '%s'", text).that(tokenizer.encode(text)).isEqualTo(ids);
        JsonNode bare = fixture.has("plain") ? fixture.get("plain") : fixture.get("ids");
        assertWithMessage("ids of '%s' without special tokens", text)
            .that(Arrays.stream(tokenizer.encode(text, false)).boxed().toList())
            .isEqualTo(JSON.convertValue(bare.get(i), LONGS));
        TextStream stream = tokenizer.stream();
        StringBuilder pieces = new StringBuilder();
        Arrays.stream(ids).forEach(id -> pieces.append(stream.next(id)));
        assertWithMessage("the pieces of '%s'", text)
            .that(pieces.append(stream.end()).toString())
            .isEqualTo(fixture.get("decoded").get(i).textValue());
        assertWithMessage("text of the ids of '%s'", text)
            .that(tokenizer.decode(ids))
            .isEqualTo(fixture.get("decoded").get(i).textValue());
      }
      int size = fixture.get("size").intValue();
      long[] sampled =
          LongStream.concat(
                  LongStream.iterate(0, id -> id < size, id -> id + 31),
                  LongStream.range(Math.max(0, size - 6), size))
              .toArray();
      List<String> bytes = new ArrayList<>();
      for (int i = 0; i < sampled.length; i++) {
        String token = fixture.get("tokens").path(i).asText();
        if (!token.isEmpty()) {
          assertWithMessage("token %s", sampled[i])
              .that(tokenizer.token(sampled[i]))
              .isEqualTo(token);
        }
        bytes.add(HexFormat.of().formatHex(tokenizer.bytes(sampled[i])));
      }
      if (!fixture.get("bytes").isEmpty()) {
        assertThat(bytes)
            .isEqualTo(
                StreamSupport.stream(fixture.get("bytes").spliterator(), false)
                    .map(JsonNode::textValue)
                    .toList());
      }
      for (long none : new long[] {-1, size, 99_999, (1L << 32) + 5, Long.MIN_VALUE}) {
        assertThrows(RunException.class, () -> tokenizer.decode(new long[] {1, none}));
        assertThrows(RunException.class, () -> tokenizer.bytes(none));
        RunException error = assertThrows(RunException.class, () -> tokenizer.token(none));
        assertThat(error)
            .hasMessageThat()
            .isEqualTo("%s is no token id; there are 0 to %s".formatted(none, size - 1));
      }
    }
  }

  @Test
  void modelWithMoreIdsThanTokens() throws IOException {
    Files.writeString(
        directory.resolve("config.json"), "{\"model_type\": \"gpt2\", \"vocab_size\": 300}");
    try (Tokenizer tokenizer = open("{}")) {
      assertThat(tokenizer.token(299)).isEmpty();
      assertThat(tokenizer.decode(new long[] {295, 299})).isEmpty();
      assertThat(tokenizer.bytes(299)).isEmpty();
      RunException error = assertThrows(RunException.class, () -> tokenizer.token(300));
      assertThat(error).hasMessageThat().contains("there are 0 to 299");
    }
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"split_special_tokens\": true}",
        "{\"auto_map\": {\"AutoTokenizer\": [null, \"a.B\"]}}",
        "{\"fast_tokenizer_files\": [\"tokenizer.4.0.json\"]}",
        "{\"post_processor\": {\"type\": \"ByteLevel\"}}",
        "{\"init_inputs\": [1]}"
      })
  void unimplementedSettingsAreRefusedByName(String config) {
    String key = config.substring(2, config.indexOf('"', 2));
    CheckpointException error = assertThrows(CheckpointException.class, () -> open(config));
    assertThat(error).hasMessageThat().contains("tokenizer_config.json: " + key + "=");
    assertThat(error).hasMessageThat().contains("nnsight4j does not implement it");
  }

  @ParameterizedTest
  @ValueSource(strings = {"CohereTokenizer", "CohereTokenizerFast", "T5Tokenizer", "MyTokenizer"})
  void classesThatTokenizeInTheirOwnWay(String name) {
    CheckpointException error =
        assertThrows(
            CheckpointException.class, () -> open("{\"tokenizer_class\": \"" + name + "\"}"));
    assertThat(error)
        .hasMessageThat()
        .contains("the tokenizer_class is " + name.replace("Fast", ""));
    assertThat(error).hasMessageThat().contains("\"tokenizer_class\": \"TokenizersBackend\"");
  }

  @Test
  void classOfTheModelType() throws IOException {
    Files.writeString(directory.resolve("config.json"), "{\"model_type\": \"cohere\"}");
    CheckpointException error = assertThrows(CheckpointException.class, () -> open("{}"));
    assertThat(error).hasMessageThat().contains("the tokenizer_class is CohereTokenizer");
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{\"tokenizer_class\": \"GPT2Tokenizer\", \"add_prefix_space\": 1}",
        "{\"bos_token\": {\"content\": \"<s>\"}}",
        "{\"bos_token\": 5}",
        "{\"added_tokens_decoder\": {\"x\": {\"content\": \"a\"}}}",
        "{\"added_tokens_decoder\": {\"5\": \"a\"}}",
        "{\"added_tokens_decoder\": {\"5\": {\"content\": \"a\", \"lstrip\": 1}}}",
        "{\"added_tokens_decoder\": {\"5\": {\"content\": \"a\", \"regex\": true}}}",
        "{\"extra_special_tokens\": 7}"
      })
  void impossibleSettings(String config) {
    CheckpointException error = assertThrows(CheckpointException.class, () -> open(config));
    assertThat(error).hasMessageThat().contains("tokenizer_config.json: ");
  }

  @ParameterizedTest
  @ValueSource(strings = {"\ud83d", "a \ude00", "\ud83d \ude00", "\ude00\ud83d"})
  void halvesOfSurrogatePairs(String text) throws IOException {
    try (Tokenizer tokenizer = open("{}")) {
      RunException error = assertThrows(RunException.class, () -> tokenizer.encode(text));
      assertThat(error).hasMessageThat().contains("half of a surrogate pair");
      assertThat(tokenizer.decode(tokenizer.encode("\ud83d\ude00"))).isEqualTo("\ud83d\ude00");
    }
  }
}
