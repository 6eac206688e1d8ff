package org.nnsight4j.internal.hub;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.digest.Sha256;

/**
 * The hash by which a hub names a file: SHA-256 for a large file, Git's hash for a small one. Other
 * names, such as those of mirrors, say nothing about the content.
 */
final class ContentHash {
  private final String expected;
  private final @Nullable MessageDigest digest;

  private ContentHash(String expected, @Nullable MessageDigest digest) {
    this.expected = expected;
    this.digest = digest;
  }

  static ContentHash of(String etag, long size) {
    if (etag.matches("[0-9a-f]{64}")) {
      return new ContentHash(etag, Sha256.digest("SHA-256"));
    }
    if (etag.matches("[0-9a-f]{40}") && size >= 0) {
      MessageDigest git = Sha256.digest("SHA-1");
      git.update("blob %s\0".formatted(size).getBytes(StandardCharsets.US_ASCII));
      return new ContentHash(etag, git);
    }
    return new ContentHash(etag, null);
  }

  void add(byte[] bytes, int length) {
    if (digest != null) {
      digest.update(bytes, 0, length);
    }
  }

  /**
   * The hash of the added bytes if it differs from the expected one; null if it does not, or if the
   * name is not a hash.
   */
  @Nullable String other() {
    if (digest == null) {
      return null;
    }
    String found = HexFormat.of().formatHex(digest.digest());
    return found.equals(expected) ? null : found;
  }
}
