package org.nnsight4j.server.http;

import java.math.BigInteger;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A part of a representation, as RFC 9110 §14 reads a {@code Range} header.
 *
 * @param first the first byte
 * @param last the last byte, included
 */
record ByteRange(long first, long last) {
  /** What a header asks for. */
  sealed interface Wanted {
    /** Everything: no header, a header that is not understood, or several ranges. */
    record Whole() implements Wanted {}

    record Part(ByteRange range) implements Wanted {}

    /** A range that does not exist. */
    record Nothing() implements Wanted {}
  }

  private static final Pattern ONE = Pattern.compile("(?i:bytes)=\\s*(\\d*)\\s*-\\s*(\\d*)\\s*");
  private static final BigInteger LARGEST = BigInteger.valueOf(Long.MAX_VALUE);

  static Wanted parse(String header, long size) {
    Matcher one = ONE.matcher(header);
    if (!one.matches() || (one.group(1).isEmpty() && one.group(2).isEmpty())) {
      return new Wanted.Whole();
    }
    if (one.group(1).isEmpty()) {
      long length = Math.min(number(one.group(2)), size);
      return length == 0
          ? new Wanted.Nothing()
          : new Wanted.Part(new ByteRange(size - length, size - 1));
    }
    long first = number(one.group(1));
    long last = one.group(2).isEmpty() ? Long.MAX_VALUE : number(one.group(2));
    if (last < first) {
      return new Wanted.Whole();
    }
    return first >= size
        ? new Wanted.Nothing()
        : new Wanted.Part(new ByteRange(first, Math.min(last, size - 1)));
  }

  private static long number(String digits) {
    return new BigInteger(digits).min(LARGEST).longValue();
  }

  long length() {
    return last - first + 1;
  }
}
