package org.nnsight4j.internal.json;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.core.json.JsonReadFeature;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.spelling.Shown;

/** Reads JSON files: strictly, with bounds, and without guessing an encoding. */
public final class Json {
  public static final JsonFactory FACTORY =
      StrictJson.builder(StreamReadConstraints.builder().maxNestingDepth(100).build())
          // Python's json writes NaN and Infinity, and real configurations contain them.
          .enable(JsonReadFeature.ALLOW_NON_NUMERIC_NUMBERS)
          .build();

  private static final ObjectMapper MAPPER = StrictJson.mapper(FACTORY);

  private Json() {}

  /** Reads a file of at most {@code maxBytes} that contains one JSON object. */
  public static ObjectNode readObject(Path file, long maxBytes) {
    return parseObject(file, decode(file, readBytes(file, maxBytes)));
  }

  public static ObjectNode parseObject(Path file, char[] text) {
    try {
      @Nullable JsonNode root = MAPPER.readTree(FACTORY.createParser(text));
      if (root instanceof ObjectNode object) {
        return object;
      }
      throw new CheckpointException(
          "%s: expected a JSON object, found %s"
              .formatted(file, root == null ? "nothing" : describe(root)));
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          "%s: expected a JSON object, found text that is not JSON: %s%s"
              .formatted(file, e.getOriginalMessage(), place(e)),
          e);
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be read: %s".formatted(file, e), e);
    }
  }

  private static byte[] readBytes(Path file, long maxBytes) {
    try {
      long size = Files.size(file);
      if (size > maxBytes) {
        throw new CheckpointException(
            "%s: expected at most %s bytes of JSON, found %s; is this the right file?"
                .formatted(file, maxBytes, size));
      }
      return Files.readAllBytes(file);
    } catch (NoSuchFileException e) {
      throw new CheckpointException("%s: there is no such file".formatted(file), e);
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be read: %s".formatted(file, e), e);
    }
  }

  /** Decodes UTF-8 itself, because Jackson would guess UTF-16 or UTF-32 from bytes. */
  public static char[] decode(Path file, byte[] bytes) {
    try {
      var text = StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes));
      char[] characters = new char[text.remaining()];
      text.get(characters);
      return characters;
    } catch (CharacterCodingException e) {
      throw new CheckpointException(
          "%s: expected JSON in UTF-8, found bytes that are not UTF-8".formatted(file), e);
    }
  }

  public static String place(JsonProcessingException e) {
    var location = e.getLocation();
    return location == null
        ? ""
        : " (line %s, column %s)".formatted(location.getLineNr(), location.getColumnNr());
  }

  /** A short form of a value for a message, never the whole of a long one. */
  public static String describe(JsonNode node) {
    String text = node.toString();
    return text.isEmpty() ? "nothing" : Shown.start(text, 60);
  }
}
