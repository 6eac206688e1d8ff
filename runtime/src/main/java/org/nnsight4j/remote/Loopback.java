package org.nnsight4j.remote;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.Locale;
import java.util.regex.Pattern;

/**
 * Tells whether a host is this machine, by its address. Names other than {@code localhost} may lead
 * anywhere, whatever they look like, and are not resolved.
 */
public final class Loopback {
  private static final String BYTE = "(0|[1-9][0-9]{0,2})";

  /** Four decimal numbers; other forms (127.1, 0x7f.0.0.1) mean different things to programs. */
  private static final Pattern IPV4 = Pattern.compile(BYTE + "(\\." + BYTE + "){3}");

  /** Without a zone, which would name a network interface. */
  private static final Pattern IPV6 = Pattern.compile("\\[?([0-9a-fA-F:.]*:[0-9a-fA-F:.]*)]?");

  private Loopback() {}

  /**
   * Whether connections to a host never leave this machine.
   *
   * @param host a name or an address; an IPv6 address with or without brackets
   */
  public static boolean is(String host) {
    if (host.toLowerCase(Locale.ROOT).equals("localhost")) {
      return true;
    }
    var sixth = IPV6.matcher(host);
    if (sixth.matches() && host.startsWith("[") == host.endsWith("]")) {
      return address(sixth.group(1));
    }
    return IPV4.matcher(host).matches() && address(host);
  }

  /** The argument is a literal, so no name server is asked. */
  private static boolean address(String literal) {
    try {
      return InetAddress.getByName(literal).isLoopbackAddress();
    } catch (UnknownHostException e) {
      return false;
    }
  }
}
