package org.nnsight4j.toolkit.harvest;

import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.HexFormat;

/** SHA-256 of texts and numbers, each with its length before it. */
final class Digest {
  private final MessageDigest digest;

  Digest() {
    try {
      digest = MessageDigest.getInstance("SHA-256");
    } catch (NoSuchAlgorithmException e) {
      throw new IllegalStateException("every Java has SHA-256", e);
    }
  }

  Digest add(String text) {
    return add(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
  }

  Digest add(ByteBuffer bytes) {
    digest.update(ByteBuffer.allocate(4).putInt(bytes.remaining()).flip());
    digest.update(bytes);
    return this;
  }

  String hex() {
    return HexFormat.of().formatHex(digest.digest(), 0, 16);
  }
}
