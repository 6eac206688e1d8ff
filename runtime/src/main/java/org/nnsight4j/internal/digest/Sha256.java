package org.nnsight4j.internal.digest;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** A SHA-256 in progress; as text it has 64 lower-case hexadecimal digits. */
public final class Sha256 {
  private static final int BUFFER = 1 << 16;

  private final MessageDigest digest = digest("SHA-256");

  /** The hash of bytes. */
  public static String of(byte[] bytes) {
    return new Sha256().add(bytes, bytes.length).hex();
  }

  /** The hash of a text in UTF-8. */
  public static String of(String text) {
    return new Sha256().add(text).hex();
  }

  /** The hash of a file. */
  public static String of(Path file) throws IOException {
    Sha256 hash = new Sha256();
    byte[] buffer = new byte[BUFFER];
    try (InputStream in = Files.newInputStream(file)) {
      for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
        hash.add(buffer, n);
      }
    }
    return hash.hex();
  }

  /** A digest algorithm that every Java has. */
  public static MessageDigest digest(String algorithm) {
    try {
      return MessageDigest.getInstance(algorithm);
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has " + algorithm, e);
    }
  }

  /** Adds the first bytes of a buffer. */
  public Sha256 add(byte[] bytes, int length) {
    digest.update(bytes, 0, length);
    return this;
  }

  /** Adds what remains of a buffer. */
  public Sha256 add(ByteBuffer bytes) {
    digest.update(bytes);
    return this;
  }

  /** Adds a text in UTF-8. */
  public Sha256 add(String text) {
    digest.update(text.getBytes(StandardCharsets.UTF_8));
    return this;
  }

  /** The hash of everything that was added; called once. */
  public String hex() {
    return HexFormat.of().formatHex(digest.digest());
  }
}
