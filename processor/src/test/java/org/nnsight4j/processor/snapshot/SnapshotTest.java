package org.nnsight4j.processor.snapshot;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.lang.reflect.Proxy;
import java.nio.charset.StandardCharsets;
import java.util.Optional;
import javax.annotation.processing.Filer;
import javax.tools.FileObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Whatever lies in the file, the author is told, and javac goes on. */
class SnapshotTest {
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      quoteCharacter = '`',
      value = {
        "`` | expected a value in line 1, column 1, found the end of the file",
        "[] | expected an object as the file",
        "{'format': 3} | expected \"format\": 2, found 3",
        "{'format': 1} | format 1 knows no tuples",
        "{} | expected \"format\": 2, found none",
        "{'format': 2} | expected \"modules\", found none",
        "{'format': 01} | expected '}' in line 1, column 13, found '1'",
        "{'format': 2,} | expected '\"' in line 1, column 14, found '}'",
        "{'format': 2} 2 | expected the end in line 1, column 15, found '2'",
        "{'a': 1, 'a': 2} | expected each name once, found \"a\" twice, in line 1",
        "{'a': '\\x'} | expected an escape in line 1",
        "{'a': '\\u12G4'} | expected four hexadecimal digits in line 1",
        "{'a': 'open | expected the end of a string in line 1, column 12, found the end",
        "{'a': truth} | expected true in line 1",
        "{'format': 2, 'modules': {'a': {'count': 1.5}}} | expected an integer above 0",
        "{'format': 2, 'modules': {'a': {'count': 99999999999}}} | expected an integer above 0",
        "{'format': 2, 'modules': {'a': {'class': null}}} | expected a string as \"class\"",
        "{'format': 2, 'modules': {'a': {'tuple': []}}} | expected an array of strings as \"tuple\"",
        "{'format': 2, 'modules': {'a': {'tuple': [1]}}} | expected an array of strings as",
        "{'format': 2, 'modules': {'a': []}} | expected an object as the module \"a\"",
      })
  void refuses(String json, String reason) {
    String text = json == null ? "" : json.replace('\'', '"');
    BadSnapshotException refused =
        assertThrows(BadSnapshotException.class, () -> Snapshot.parse("toy.layers.json", text));
    assertThat(refused.reason()).startsWith(reason);
  }

  @Test
  void refusesVeryDeepNesting() {
    String deep = "[".repeat(100_000);
    BadSnapshotException refused =
        assertThrows(BadSnapshotException.class, () -> Snapshot.parse("toy.layers.json", deep));
    assertThat(refused.reason()).startsWith("expected at most 50 levels");
  }

  @Test
  void readsEscapes() throws Exception {
    Snapshot snapshot =
        Snapshot.parse(
            "toy.layers.json",
            "{\"format\":2,\"complete\":true,\"architecture\":\"\\u0074o\\ty\",\"counts\":{},"
                + "\"widths\":{\"hidden\":8},\"modules\":{\"a.*\":{\"count\":3}}}\r\n");
    assertThat(snapshot.architecture()).isEqualTo("to\ty");
    assertThat(snapshot.modules().get("a.*").count()).hasValue(3);
    assertThat(snapshot.widths()).containsExactly("hidden", 8);
  }

  @Test
  void refusesOtherCharsets() {
    byte[] utf16 = "{}".getBytes(StandardCharsets.UTF_16);
    BadSnapshotException refused =
        assertThrows(BadSnapshotException.class, () -> files(utf16).find("bad", "a.layers.json"));
    assertThat(refused.reason()).isEqualTo("expected UTF-8, found bytes that are not");
  }

  @ParameterizedTest
  @CsvSource({"../a.json", "a/b.json", "a\\b.json", "/a.json", "c:a.json", ".a.json", "' a.json'"})
  void refusesOtherPlaces(String name) {
    assertThrows(BadSnapshotException.class, () -> files(new byte[0]).find("bad", name));
  }

  @Test
  void anAbsentFileIsNotABadFile() throws Exception {
    assertThat(files(null).find("bad", "a.layers.json")).isEqualTo(Optional.empty());
  }

  /** A compiler whose every place holds these bytes, or nothing. */
  private static SnapshotFiles files(byte[] content) {
    FileObject file =
        proxy(FileObject.class, content == null ? null : new ByteArrayInputStream(content));
    return new SnapshotFiles(proxy(Filer.class, file));
  }

  private static <T> T proxy(Class<T> type, Object result) {
    return type.cast(
        Proxy.newProxyInstance(
            type.getClassLoader(),
            new Class<?>[] {type},
            (proxy, method, arguments) -> {
              if (method.getReturnType() == InputStream.class && result == null) {
                throw new java.nio.file.NoSuchFileException("nothing");
              }
              return result;
            }));
  }
}
