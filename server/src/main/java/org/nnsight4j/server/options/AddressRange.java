package org.nnsight4j.server.options;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import java.util.Optional;
import java.util.regex.Pattern;

/**
 * A range of addresses in CIDR notation: {@code 10.0.0.0/8}, {@code fd00::/8}, or one address.
 * Names are not looked up.
 */
public final class AddressRange {
  private static final Pattern LITERAL =
      Pattern.compile("\\d{1,3}(?:\\.\\d{1,3}){3}|[0-9a-fA-F:.]*:[0-9a-fA-F:.]*");
  private static final Pattern BITS = Pattern.compile("\\d{1,3}");

  /** This machine. */
  public static final List<AddressRange> LOOPBACK = List.of(of("127.0.0.0/8"), of("::1"));

  private final byte[] begin;
  private final int bits;
  private final String text;

  private AddressRange(byte[] begin, int bits, String text) {
    this.begin = begin;
    this.bits = bits;
    this.text = text;
  }

  /**
   * Parses a range.
   *
   * @throws IllegalArgumentException if the text is something else
   */
  public static AddressRange of(String text) {
    int slash = text.indexOf('/');
    Optional<byte[]> begin = bytes(slash < 0 ? text : text.substring(0, slash));
    String bits = slash < 0 ? "" : text.substring(slash + 1);
    if (begin.isPresent() && (slash < 0 || BITS.matcher(bits).matches())) {
      int all = begin.get().length * Byte.SIZE;
      int fixed = slash < 0 ? all : Integer.parseInt(bits);
      if (fixed <= all) {
        return new AddressRange(begin.get(), fixed, text);
      }
    }
    throw new IllegalArgumentException(
        "expected addresses like 10.0.0.0/8, 192.168.1.7 or fd00::/8, found '%s'".formatted(text));
  }

  /** The bytes of a numeric address; empty for names and everything else. */
  public static Optional<byte[]> bytes(String address) {
    if (!LITERAL.matcher(address).matches()) {
      return Optional.empty();
    }
    try {
      return Optional.of(InetAddress.getByName(address).getAddress());
    } catch (UnknownHostException e) {
      return Optional.empty();
    }
  }

  /** Whether a numeric address is in this range. */
  public boolean has(String address) {
    return bytes(address).filter(this::has).isPresent();
  }

  private boolean has(byte[] address) {
    if (address.length != begin.length) {
      return false;
    }
    for (int bit = 0; bit < bits; bit++) {
      int mask = 0x80 >> bit % Byte.SIZE;
      if (((address[bit / Byte.SIZE] ^ begin[bit / Byte.SIZE]) & mask) != 0) {
        return false;
      }
    }
    return true;
  }

  @Override
  public String toString() {
    return text;
  }
}
