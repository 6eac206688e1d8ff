package org.nnsight4j.checkpoint;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.checkpoint.TestFiles.entry;
import static org.nnsight4j.checkpoint.TestFiles.file;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.SplittableRandom;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.error.CheckpointException;

class SafetensorsHeaderTest {
  private static final Path NAME = Path.of("weights.safetensors");

  @Test
  void locatesTensors() {
    String header =
        "{\"__metadata__\":{\"format\":\"pt\"},%s,%s}   "
            .formatted(entry("b", "F32", "[2,3]", 0, 24), entry("a", "BF16", "[4]", 24, 32));
    SafetensorsHeader parsed = SafetensorsHeader.parse(NAME, file(header, 32));

    long start = 8L + header.length();
    assertThat(parsed.tensors().keySet()).containsExactly("a", "b").inOrder();
    assertThat(parsed.tensors().get("b"))
        .isEqualTo(new TensorEntry(NAME, "b", "F32", new long[] {2, 3}, start, 24));
    assertThat(parsed.tensors().get("a").offset()).isEqualTo(start + 24);
    assertThat(parsed.metadata()).containsExactly("format", "pt");
  }

  @Test
  void knowsTypesThatCannotBeLoaded() {
    String header =
        "{%s,%s,%s}"
            .formatted(
                entry("mask", "U8", "[3]", 0, 3),
                entry("scale", "F8_E4M3", "[]", 3, 4),
                entry("none", "U64", "[0,9]", 4, 4));
    TensorEntry mask = SafetensorsHeader.parse(NAME, file(header, 4)).tensors().get("mask");
    var thrown = assertThrows(CheckpointException.class, mask::loadableType);
    assertThat(thrown).hasMessageThat().contains("\"mask\" has data type U8, expected one of F64");
  }

  @Test
  void anEmptyFileOfTensors() {
    assertThat(SafetensorsHeader.parse(NAME, file("{}", 0)).tensors()).isEmpty();
  }

  @TestFactory
  Stream<DynamicTest> refusesWhatIsWrong() {
    String good = entry("a", "F32", "[2]", 0, 8);
    String big = "9".repeat(1500);
    return Stream.of(
        bad("no brace", file(" {}", 0), "start with '{'"),
        bad("an array", file("[]", 0), "start with '{'"),
        bad("not JSON", file("{\"a\"", 0), "not valid JSON"),
        bad("more JSON", file("{" + good + "} {}", 8), "only spaces"),
        bad("duplicate tensor", file("{" + good + "," + good + "}", 8), "Duplicate field 'a'"),
        bad(
            "duplicate field",
            file("{\"a\":{\"dtype\":\"F32\",\"dtype\":\"F32\"}}", 0),
            "Duplicate"),
        bad(
            "duplicate metadata",
            file("{\"__metadata__\":{},\"__metadata__\":{}}", 0),
            "Duplicate"),
        bad("unknown type", file("{" + entry("a", "F42", "[2]", 0, 8) + "}", 8), "\"F42\""),
        bad("negative shape", file("{" + entry("a", "F32", "[-2]", 0, 8) + "}", 8), "found -2"),
        bad("fractional shape", file("{" + entry("a", "F32", "[2.0]", 0, 8) + "}", 8), "found 2.0"),
        bad("NaN shape", file("{" + entry("a", "F32", "[NaN]", 0, 8) + "}", 8), "NaN"),
        bad("huge number", file("{" + entry("a", "F32", "[" + big + "]", 0, 8) + "}", 8), "a"),
        bad(
            "large number",
            file("{" + entry("a", "F32", "[9223372036854775808]", 0, 8) + "}", 8),
            "9223372036854775808"),
        bad(
            "overflow",
            file("{" + entry("a", "F32", "[4294967296,4294967296]", 0, 8) + "}", 8),
            "less than 2^63"),
        bad(
            "overflow to sign",
            file("{" + entry("a", "F32", "[4611686018427387904]", 0, 8) + "}", 8),
            "less than 2^63"),
        bad(
            "overflow before zero",
            file("{" + entry("a", "F32", "[4611686018427387904,4,0]", 0, 0) + "}", 0),
            "less than 2^63"),
        bad("wrong size", file("{" + entry("a", "F32", "[3]", 0, 8) + "}", 8), "expected 12 bytes"),
        bad("reversed", file("{" + entry("a", "F32", "[2]", 8, 0) + "}", 8), "begin <= end"),
        bad("beyond the end", file("{" + entry("a", "F32", "[4]", 0, 16) + "}", 8), "truncated"),
        bad("negative offset", file("{" + entry("a", "F32", "[2]", -8, 0) + "}", 8), "found -8"),
        bad(
            "one offset",
            file("{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0]}}", 0),
            "[begin, end]"),
        bad(
            "three offsets",
            file("{\"a\":{\"dtype\":\"F32\",\"shape\":[0],\"data_offsets\":[0,0,0]}}", 0),
            "[begin, end]"),
        bad(
            "overlap",
            file("{" + good + "," + entry("b", "F32", "[2]", 4, 12) + "}", 12),
            "overlap"),
        bad(
            "same place",
            file("{" + good + "," + entry("b", "F32", "[2]", 0, 8) + "}", 8),
            "overlap"),
        bad("hole", file("{" + good + "," + entry("b", "F32", "[1]", 12, 16) + "}", 16), "hole"),
        bad("late start", file("{" + entry("a", "F32", "[2]", 4, 12) + "}", 12), "hole"),
        bad("trailing bytes", file("{" + good + "}", 11), "3 further bytes"),
        bad("data without tensors", file("{}", 4), "4 further bytes"),
        bad(
            "missing field",
            file("{\"a\":{\"dtype\":\"F32\",\"shape\":[0]}}", 0),
            "no data_offsets"),
        bad("unknown field", file("{\"a\":{\"strides\":[1]}}", 0), "\"strides\""),
        bad("a number as tensor", file("{\"a\":3}", 0), "found 3"),
        bad("a number as type", file("{\"a\":{\"dtype\":3}}", 0), "found 3"),
        bad("metadata not strings", file("{\"__metadata__\":{\"a\":1}}", 0), "strings only"),
        bad("metadata nested", file("{\"__metadata__\":{\"a\":{}}}", 0), "strings only"),
        bad("deep nesting", file("{\"a\":{\"shape\":" + "[".repeat(5000), 0), "integers"),
        bad("deep tensor", file("{\"a\":" + "{\"a\":".repeat(5000), 0), "fields"),
        bad(
            "many axes",
            file("{" + entry("a", "F32", "[" + "1,".repeat(100) + "1]", 0, 4) + "}", 4),
            "at most 64"),
        bad("not UTF-8", new byte[] {3, 0, 0, 0, 0, 0, 0, 0, '{', (byte) 0xff, '}'}, "UTF-8"),
        bad("UTF-16", new byte[] {4, 0, 0, 0, 0, 0, 0, 0, '{', 0, '}', 0}, "not valid JSON"));
  }

  @TestFactory
  Stream<DynamicTest> refusesWrongLengths() {
    byte[] good = file("{" + entry("a", "F32", "[2]", 0, 8) + "}", 8);
    return Stream.of(
        bad("empty file", new byte[0], "at least 8 bytes, found 0"),
        bad("seven bytes", Arrays.copyOf(good, 7), "found 7"),
        bad("only a length", Arrays.copyOf(good, 8), "truncated"),
        bad("half a header", Arrays.copyOf(good, 30), "truncated"),
        bad("half the data", Arrays.copyOf(good, good.length - 4), "truncated"),
        bad("length 0", withLength(good, 0), "found 0"),
        bad("length 1", withLength(good, 1), "found 1"),
        bad("length above 100 MB", withLength(good, 100_000_001), "found 100000001"),
        bad("unsigned length", withLength(good, -1), "found 18446744073709551615"),
        bad("short length", withLength(good, 20), "not valid JSON"),
        bad("long length", withLength(good, good.length - 8), "truncated"),
        bad(
            "Git LFS",
            "version https://git-lfs.github.com/spec/v1\n".getBytes(StandardCharsets.UTF_8),
            "git lfs pull"));
  }

  private static byte[] withLength(byte[] file, long length) {
    byte[] changed = file.clone();
    ByteBuffer.wrap(changed).order(ByteOrder.LITTLE_ENDIAN).putLong(0, length);
    return changed;
  }

  private static DynamicTest bad(String name, byte[] file, String message) {
    return DynamicTest.dynamicTest(
        name,
        () -> {
          var thrown =
              assertThrows(CheckpointException.class, () -> SafetensorsHeader.parse(NAME, file));
          assertThat(thrown).hasMessageThat().contains(message);
          assertThat(thrown).hasMessageThat().startsWith("weights.safetensors: ");
          assertThat(thrown.getMessage().length()).isLessThan(1200);
        });
  }

  @Test
  void mutationsAreReadOrRefused() throws IOException {
    byte[] good;
    try (var stream = getClass().getResourceAsStream("/checkpoint/reference.safetensors")) {
      good = stream.readAllBytes();
    }
    int headerEnd = 8 + (int) ByteBuffer.wrap(good).order(ByteOrder.LITTLE_ENDIAN).getLong(0);
    SplittableRandom random = new SplittableRandom(20240607);
    int refused = 0;
    for (int i = 0; i < 2000; i++) {
      byte[] changed = good.clone();
      for (int flips = 1 + random.nextInt(3); flips > 0; flips--) {
        changed[random.nextInt(headerEnd)] = (byte) random.nextInt(256);
      }
      try {
        SafetensorsHeader.parse(NAME, changed);
        Safetensors.read(changed);
      } catch (CheckpointException e) {
        refused++;
      }
    }
    assertThat(refused).isAtLeast(1500);
  }

  @Test
  void aMissingFile(@TempDir Path directory) {
    var thrown =
        assertThrows(
            CheckpointException.class,
            () -> SafetensorsHeader.read(directory.resolve("model.safetensors")));
    assertThat(thrown).hasMessageThat().contains("there is no such file");
  }

  @Test
  void findsTensorsBeyondTwoGiB(@TempDir Path directory) throws IOException {
    long first = 3L << 30;
    byte[] start =
        file(
            "{%s,%s}"
                .formatted(
                    entry("large", "F32", "[805306368]", 0, first),
                    entry("last", "F32", "[2]", first, first + 8)),
            0);
    Path file = directory.resolve("model.safetensors");
    try (RandomAccessFile sparse = new RandomAccessFile(file.toFile(), "rw")) {
      sparse.write(start);
      sparse.setLength(start.length + first + 8);
      sparse.seek(start.length + first);
      sparse.write(new byte[] {0, 0, (byte) 0x80, 0x3f});
    }
    Files.writeString(directory.resolve("config.json"), "{}");
    Map<String, TensorEntry> tensors = Checkpoint.open(directory).tensors();
    assertThat(tensors.get("last").offset()).isEqualTo(start.length + first);
    assertThat(tensors.get("last").byteLength()).isEqualTo(8);
    var thrown = assertThrows(CheckpointException.class, () -> Safetensors.read(file));
    assertThat(thrown).hasMessageThat().contains("\"large\" has 3221225472 bytes");
    Files.delete(file);
  }
}
