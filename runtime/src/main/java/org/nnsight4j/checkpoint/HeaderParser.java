package org.nnsight4j.checkpoint;

import com.fasterxml.jackson.core.JsonParser;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.JsonToken;
import java.io.IOException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.json.Json;
import org.nnsight4j.internal.spelling.Shown;

/** Reads the JSON text of a safetensors header, token by token, trusting nothing in it. */
final class HeaderParser {
  /** Every data type of the format, by its size in bytes. */
  private static final Map<String, Integer> BYTES =
      Map.ofEntries(
          Map.entry("F64", 8),
          Map.entry("F32", 4),
          Map.entry("F16", 2),
          Map.entry("BF16", 2),
          Map.entry("I64", 8),
          Map.entry("I32", 4),
          Map.entry("I16", 2),
          Map.entry("I8", 1),
          Map.entry("U64", 8),
          Map.entry("U32", 4),
          Map.entry("U16", 2),
          Map.entry("U8", 1),
          Map.entry("BOOL", 1),
          Map.entry("F8_E4M3", 1),
          Map.entry("F8_E5M2", 1),
          Map.entry("F8_E8M0", 1),
          Map.entry("C64", 8));

  private static final int MAX_RANK = 64;

  /** How much of a name is told. */
  private static final int SHOWN = 200;

  private final Path file;
  private final JsonParser parser;
  private final long dataStart;
  private final long dataLength;
  private final TreeMap<String, TensorEntry> tensors = new TreeMap<>();
  private final Map<String, String> metadata = new TreeMap<>();

  private HeaderParser(Path file, JsonParser parser, long dataStart, long dataLength) {
    this.file = file;
    this.parser = parser;
    this.dataStart = dataStart;
    this.dataLength = dataLength;
  }

  static SafetensorsHeader parse(Path file, byte[] json, long fileSize) {
    if (json[0] != '{') {
      throw new CheckpointException(
          "%s: expected the header to start with '{', found byte 0x%s; this is not a safetensors file"
              .formatted(file, HexFormat.of().toHexDigits(json[0])));
    }
    long dataStart = SafetensorsHeader.PREFIX + (long) json.length;
    try (JsonParser parser = Json.FACTORY.createParser(Json.decode(file, json))) {
      HeaderParser header = new HeaderParser(file, parser, dataStart, fileSize - dataStart);
      header.readAll();
      header.checkLayout();
      return new SafetensorsHeader(header.tensors, header.metadata);
    } catch (JsonProcessingException e) {
      throw new CheckpointException(
          "%s: the header is not valid JSON: %s%s"
              .formatted(file, e.getOriginalMessage(), Json.place(e)),
          e);
    } catch (IOException e) {
      throw new CheckpointException("%s: the header cannot be read: %s".formatted(file, e), e);
    }
  }

  private void readAll() throws IOException {
    parser.nextToken();
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String name = parser.currentName();
      expect(parser.nextToken(), JsonToken.START_OBJECT, "an object", name);
      if (name.equals("__metadata__")) {
        readMetadata(name);
      } else {
        tensors.put(name, readTensor(name));
      }
    }
    if (parser.nextToken() != null) {
      throw new CheckpointException(
          "%s: expected only spaces after the header's object, found more JSON".formatted(file));
    }
  }

  private void readMetadata(String name) throws IOException {
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String key = parser.currentName();
      expect(parser.nextToken(), JsonToken.VALUE_STRING, "strings only", name);
      metadata.put(key, parser.getText());
    }
  }

  private TensorEntry readTensor(String name) throws IOException {
    String dtype = null;
    long[] shape = null;
    long[] offsets = null;
    while (parser.nextToken() != JsonToken.END_OBJECT) {
      String field = parser.currentName();
      JsonToken value = parser.nextToken();
      switch (field) {
        case "dtype" -> {
          expect(value, JsonToken.VALUE_STRING, "a string as dtype", name);
          dtype = parser.getText();
        }
        case "shape" -> shape = readNumbers(name, field);
        case "data_offsets" -> offsets = readNumbers(name, field);
        default -> throw refuse(name, "the fields dtype, shape and data_offsets", quoted(field));
      }
    }
    if (dtype == null || shape == null || offsets == null) {
      String missing = dtype == null ? "dtype" : shape == null ? "shape" : "data_offsets";
      throw refuse(name, "the fields dtype, shape and data_offsets", "no " + missing);
    }
    return locate(name, dtype, shape, offsets);
  }

  private TensorEntry locate(String name, String dtype, long[] shape, long[] offsets) {
    Integer bytes = BYTES.get(dtype);
    if (bytes == null) {
      throw refuse(name, "one of the data types " + sortedTypes(), quoted(dtype));
    }
    if (offsets.length != 2 || offsets[0] > offsets[1] || offsets[1] > dataLength) {
      throw refuse(
          name,
          "data_offsets [begin, end] with begin <= end <= %s (the bytes after the header)"
              .formatted(dataLength),
          Arrays.toString(offsets)
              + (offsets.length == 2 && offsets[0] <= offsets[1]
                  ? "; the file is truncated, download it again"
                  : ""));
    }
    long length = offsets[1] - offsets[0];
    long needed = byteCount(bytes, shape);
    if (length != needed) {
      throw refuse(
          name,
          "%s bytes for shape %s of %s"
              .formatted(
                  needed < 0 ? "less than 2^63" : Long.toString(needed),
                  Arrays.toString(shape),
                  dtype),
          "data_offsets %s, which are %s bytes".formatted(Arrays.toString(offsets), length));
    }
    return new TensorEntry(file, name, dtype, shape, dataStart + offsets[0], length);
  }

  /** The size of a tensor, or -1 if it overflows. */
  private static long byteCount(int bytes, long[] shape) {
    try {
      long count = 1;
      for (long length : shape) {
        count = Math.multiplyExact(count, length);
      }
      return Math.multiplyExact(count, bytes);
    } catch (ArithmeticException e) {
      return -1;
    }
  }

  private long[] readNumbers(String name, String field) throws IOException {
    String expected = "a list of integers from 0 to 2^63-1 as " + field;
    expect(parser.currentToken(), JsonToken.START_ARRAY, expected, name);
    long[] numbers = new long[MAX_RANK];
    int count = 0;
    while (parser.nextToken() != JsonToken.END_ARRAY) {
      expect(parser.currentToken(), JsonToken.VALUE_NUMBER_INT, expected, name);
      if (parser.getNumberType() == JsonParser.NumberType.BIG_INTEGER
          || parser.getLongValue() < 0) {
        throw refuse(name, expected, parser.getText());
      }
      if (count == MAX_RANK) {
        throw refuse(name, "at most %s numbers as %s".formatted(MAX_RANK, field), "more");
      }
      numbers[count++] = parser.getLongValue();
    }
    return Arrays.copyOf(numbers, count);
  }

  private void checkLayout() {
    List<TensorEntry> ordered = new ArrayList<>(tensors.values());
    ordered.sort(
        Comparator.comparingLong(TensorEntry::offset).thenComparingLong(TensorEntry::byteLength));
    long end = dataStart;
    String previous = "the header";
    for (TensorEntry entry : ordered) {
      if (entry.offset() != end) {
        throw new CheckpointException(
            "%s: expected tensor \"%s\" to begin at byte %s, where %s ends, found byte %s: %s"
                .formatted(
                    file,
                    entry.name(),
                    end,
                    previous,
                    entry.offset(),
                    entry.offset() < end ? "they overlap" : "there is a hole"));
      }
      end = entry.offset() + entry.byteLength();
      previous = quoted(entry.name());
    }
    if (end != dataStart + dataLength) {
      throw new CheckpointException(
          "%s: expected the file to end at byte %s, where %s ends, found %s further bytes"
              .formatted(file, end, previous, dataStart + dataLength - end));
    }
  }

  private void expect(@Nullable JsonToken found, JsonToken expected, String words, String name)
      throws IOException {
    if (found != expected) {
      throw refuse(name, words, found == null ? "the end" : parser.getText());
    }
  }

  private CheckpointException refuse(String name, String expected, String found) {
    return new CheckpointException(
        "%s: tensor %s: expected %s, found %s"
            .formatted(file, quoted(name), expected, Shown.start(found, SHOWN)));
  }

  private static String quoted(String name) {
    return '"' + Shown.start(name, SHOWN) + '"';
  }

  private static String sortedTypes() {
    return String.join(", ", BYTES.keySet().stream().sorted().toList());
  }
}
