package org.nnsight4j.internal.digest;

import static com.google.common.truth.Truth.assertThat;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class Sha256Test {
  /** The example of FIPS 180-2. */
  private static final String ABC =
      "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad";

  /** A million times the letter a, of the same document. */
  private static final String MILLION =
      "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0";

  @Test
  void bytesTextsAndPartsHaveOneHash() {
    byte[] abc = "abc".getBytes(StandardCharsets.US_ASCII);
    assertThat(Sha256.of(abc)).isEqualTo(ABC);
    assertThat(Sha256.of("abc")).isEqualTo(ABC);
    assertThat(new Sha256().add("a").add(ByteBuffer.wrap(abc, 1, 1)).add("c").hex()).isEqualTo(ABC);
    assertThat(new Sha256().add(new byte[] {'a', 'b', 'c', 'd'}, 3).hex()).isEqualTo(ABC);
  }

  @Test
  void aFileLongerThanTheBufferIsReadToItsEnd(@TempDir Path folder) throws IOException {
    Path file = Files.writeString(folder.resolve("a"), "a".repeat(1_000_000));
    assertThat(Sha256.of(file)).isEqualTo(MILLION);
  }
}
