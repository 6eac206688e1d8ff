package org.nnsight4j.server.options;

import java.net.InetAddress;
import java.net.UnknownHostException;
import org.jspecify.annotations.Nullable;

/**
 * Where the server can be reached.
 *
 * @param port 0 for any free one
 * @param adminPort for metrics and administration; 0 for any free one
 * @param behindProxy the operator says that a proxy ends TLS before this server
 */
public record Listen(
    String host,
    int port,
    String adminHost,
    int adminPort,
    @Nullable Tls tls,
    boolean behindProxy) {
  public static final Listen LOOPBACK =
      new Listen("127.0.0.1", 8080, "127.0.0.1", 8081, null, false);

  /**
   * @throws IllegalArgumentException if others could read keys and values on their way
   */
  public Listen {
    check(host, tls, behindProxy);
    check(adminHost, tls, behindProxy);
    check("port", port);
    check("admin-port", adminPort);
    if (port == adminPort && port != 0 && host.equals(adminHost)) {
      throw new IllegalArgumentException(
          "expected another port for administration (--admin-port) than for users (--port), found %s for both"
              .formatted(port));
    }
  }

  private static void check(String name, int port) {
    if (port < 0 || port > 65_535) {
      throw new IllegalArgumentException(
          "expected 0 to 65535 as --%s, found %s".formatted(name, port));
    }
  }

  private static void check(String host, @Nullable Tls tls, boolean behindProxy) {
    if (!loopback(host) && tls == null && !behindProxy) {
      throw new IllegalArgumentException(
          "expected TLS to listen on %s, which other machines can reach, found none; give a"
                  .formatted(host)
              + " certificate (--tls-keystore), or listen on 127.0.0.1, or say --behind-proxy if a"
              + " proxy in front of this server has the certificate");
    }
  }

  /** The port for administration has TLS if other machines can reach it. */
  public @Nullable Tls adminTls() {
    return loopback(adminHost) ? null : tls;
  }

  private static boolean loopback(String host) {
    try {
      return InetAddress.getByName(host).isLoopbackAddress();
    } catch (UnknownHostException e) {
      throw new IllegalArgumentException(
          "expected the name or address of this machine to listen on, found " + host, e);
    }
  }
}
