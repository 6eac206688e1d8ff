package org.nnsight4j.server.options;

import java.net.InetAddress;
import java.net.UnknownHostException;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.remote.Loopback;

/**
 * Where the server can be reached.
 *
 * @param port 0 for any free one
 * @param adminPort the port for metrics and administration; 0 for any free one
 * @param behindProxy whether the operator confirms that a proxy in front of this server ends TLS
 * @param trustedProxies the proxies whose {@code X-Forwarded-For} is believed
 */
public record Listen(
    String host,
    int port,
    String adminHost,
    int adminPort,
    @Nullable Tls tls,
    boolean behindProxy,
    List<AddressRange> trustedProxies) {
  public static final Listen LOOPBACK =
      new Listen("127.0.0.1", 8080, "127.0.0.1", 8081, null, false);

  /**
   * @throws IllegalArgumentException if keys and values would be sent in the clear to other
   *     machines
   */
  public Listen {
    trustedProxies = List.copyOf(trustedProxies);
    if (!trustedProxies.isEmpty() && !behindProxy) {
      throw new IllegalArgumentException(
          "expected --behind-proxy with --trusted-proxy, found none; without a proxy nobody says"
              + " for whom they ask");
    }
    check(host, tls, behindProxy);
    check(adminHost, tls, behindProxy);
    check("port", port);
    check("admin-port", adminPort);
    if (port == adminPort && port != 0 && resolved(host).equals(resolved(adminHost))) {
      throw new IllegalArgumentException(
          "expected another port for administration (--admin-port) than for users (--port), found %s for both"
              .formatted(port));
    }
  }

  /** A proxy on this machine is trusted, if there is one. */
  public Listen(
      String host,
      int port,
      String adminHost,
      int adminPort,
      @Nullable Tls tls,
      boolean behindProxy) {
    this(
        host,
        port,
        adminHost,
        adminPort,
        tls,
        behindProxy,
        behindProxy ? AddressRange.LOOPBACK : List.of());
  }

  private static void check(String name, int port) {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(
          "expected 0 to 65535 as --%s, found %s".formatted(name, port));
    }
  }

  private static void check(String host, @Nullable Tls tls, boolean behindProxy) {
    InetAddress unused = resolved(host);
    if (!Loopback.is(host) && tls == null && !behindProxy) {
      throw new IllegalArgumentException(
          "expected TLS to listen on %s, which other machines can reach, found none; give a"
                  .formatted(host)
              + " certificate (--tls-keystore), or listen on 127.0.0.1, or say --behind-proxy if a"
              + " proxy in front of this server has the certificate");
    }
  }

  public Listen withTrustedProxies(List<AddressRange> value) {
    return new Listen(host, port, adminHost, adminPort, tls, behindProxy, value);
  }

  /** The port for administration has TLS if other machines can reach it. */
  public @Nullable Tls adminTls() {
    return Loopback.is(adminHost) ? null : tls;
  }

  private static InetAddress resolved(String host) {
    try {
      // Java takes an empty host for this machine.
      if (!host.isBlank()) {
        return InetAddress.getByName(host);
      }
      throw new UnknownHostException("nothing");
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "expected the name or address of this machine to listen on, found '%s'".formatted(host),
          e);
    }
  }
}
