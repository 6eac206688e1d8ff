package org.nnsight4j.server.http;

import jakarta.ws.rs.container.ContainerRequestContext;
import java.io.IOException;
import java.nio.channels.CancelledKeyException;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.SelectionKey;
import java.nio.channels.Selector;
import java.nio.channels.SocketChannel;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Detects that a client has hung up after its request was read to the end: then there is something
 * to read on its connection, if only the end of the stream. Jetty does not look there before it has
 * answered.
 */
final class HangUps extends Handler.Wrapper {
  private static final Logger LOG = LoggerFactory.getLogger(HangUps.class);
  private static final String CONNECTION = "nnsight4j.connection";

  HangUps(Handler handler) {
    super(handler);
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    request.setAttribute(CONNECTION, request.getConnectionMetaData().getConnection().getEndPoint());
    return super.handle(request, response, callback);
  }

  /** Whether the sender of a request is gone; only for a request whose body was read. */
  static boolean isGone(ContainerRequestContext request) {
    return isGone(request.getProperty(CONNECTION));
  }

  /** Whether the sender of a request is gone; only for a request whose body was read. */
  static boolean isGone(Request request) {
    return isGone(request.getAttribute(CONNECTION));
  }

  private static boolean isGone(@Nullable Object known) {
    return known instanceof EndPoint connection
        && (!connection.isOpen() || isGone(channel(connection)));
  }

  private static @Nullable SocketChannel channel(EndPoint connection) {
    Object transport = connection.getTransport();
    while (transport instanceof EndPoint inner) {
      transport = inner.getTransport();
    }
    return transport instanceof SocketChannel channel ? channel : null;
  }

  private static boolean isGone(@Nullable SocketChannel channel) {
    if (channel == null) {
      return false;
    }
    try (Selector look = Selector.open()) {
      SelectionKey key = channel.register(look, SelectionKey.OP_READ);
      look.selectNow();
      return key.isReadable();
    } catch (ClosedChannelException | CancelledKeyException e) {
      return true;
    } catch (IOException e) {
      LOG.debug("nobody knows whether a client has hung up: {}", e.getMessage());
      return false;
    }
  }
}
