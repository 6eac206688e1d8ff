package org.nnsight4j.server.access;

import java.util.List;
import java.util.Optional;
import org.nnsight4j.server.options.AddressRange;

/**
 * Finds the address that a request comes from. {@code X-Forwarded-For} counts only as far as
 * trusted proxies have written it: the result is its last address that is not a trusted proxy's.
 */
public final class ClientAddress {
  private static final int PREFIX = 8;
  private static final int IPV6 = 16;

  private final List<AddressRange> trusted;

  public ClientAddress(List<AddressRange> trusted) {
    this.trusted = List.copyOf(trusted);
  }

  /**
   * Finds the address.
   *
   * @param peer the other end of the connection
   * @param forwarded the lines of the header, each with addresses separated by commas
   */
  public String of(String peer, List<String> forwarded) {
    String client = peer;
    List<String> hops = List.of(String.join(",", forwarded).split(",", -1));
    for (int hop = hops.size() - 1; hop >= 0 && isTrusted(client); hop--) {
      String before = hops.get(hop).strip();
      if (AddressRange.bytes(before).isEmpty()) {
        break;
      }
      client = before;
    }
    return client;
  }

  /** Whether this is a proxy of the operator. */
  public boolean isTrusted(String address) {
    return trusted.stream().anyMatch(network -> network.has(address));
  }

  /**
   * What identifies one sender: an IPv4 address, or the first 64 bits of IPv6, which belong to one
   * network.
   */
  static String sender(String address) {
    Optional<byte[]> bytes = AddressRange.bytes(address);
    if (bytes.isEmpty() || bytes.get().length != IPV6) {
      return address;
    }
    StringBuilder prefix = new StringBuilder();
    for (int i = 0; i < PREFIX; i++) {
      prefix.append(Character.forDigit(bytes.get()[i] >> 4 & 0xf, 16));
      prefix.append(Character.forDigit(bytes.get()[i] & 0xf, 16));
    }
    return prefix + "/64";
  }
}
