package org.nnsight4j.server.http;

import java.net.InetSocketAddress;
import java.util.HashMap;
import java.util.Map;
import java.util.Optional;
import org.eclipse.jetty.io.Connection;
import org.eclipse.jetty.io.SocketChannelEndPoint;
import org.nnsight4j.server.access.ClientAddress;

/** Limits the connections from one address so that others find room; a proxy may have many. */
final class AddressLimit implements Connection.Listener {
  private final int most;
  private final ClientAddress addresses;
  private final Map<String, Integer> open = new HashMap<>();

  /** A closed socket no longer knows its address. */
  private final Map<Connection, String> whose = new HashMap<>();

  AddressLimit(int most, ClientAddress addresses) {
    this.most = most;
    this.addresses = addresses;
  }

  @Override
  public void onOpened(Connection connection) {
    Optional<String> address = address(connection);
    if (address.isPresent()
        && begin(connection, address.get()) > most
        && !addresses.isTrusted(address.get())) {
      connection.getEndPoint().close();
    }
  }

  private synchronized int begin(Connection connection, String address) {
    whose.put(connection, address);
    return open.merge(address, 1, Integer::sum);
  }

  @Override
  public synchronized void onClosed(Connection connection) {
    String address = whose.remove(connection);
    if (address != null) {
      open.computeIfPresent(address, (key, count) -> count == 1 ? null : count - 1);
    }
  }

  /** With TLS, only the outer connection has a socket. */
  private static Optional<String> address(Connection connection) {
    return connection.getEndPoint() instanceof SocketChannelEndPoint socket
            && socket.getRemoteSocketAddress() instanceof InetSocketAddress remote
            && remote.getAddress() != null
        ? Optional.of(remote.getAddress().getHostAddress())
        : Optional.empty();
  }
}
