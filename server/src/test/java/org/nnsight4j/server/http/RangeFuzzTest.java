package org.nnsight4j.server.http;

import com.code_intelligence.jazzer.junit.FuzzTest;

/** An arbitrary header selects a part that exists, or none. */
final class RangeFuzzTest {
  @FuzzTest(maxDuration = "2m")
  void ranges(byte[] bytes) {
    long size = 1000;
    ByteRange.Wanted wanted =
        ByteRange.parse(new String(bytes, java.nio.charset.StandardCharsets.ISO_8859_1), size);
    if (wanted instanceof ByteRange.Wanted.Part part) {
      ByteRange range = part.range();
      if (range.first() < 0 || range.last() < range.first() || range.last() >= size) {
        throw new AssertionError("a part that is not there: " + range);
      }
    }
  }
}
