package org.nnsight4j.server.testing;

import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.net.ServerSocket;
import java.net.Socket;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/** A proxy that breaks each connection after a number of bytes of answers. */
public final class FaultyProxy implements AutoCloseable {
  private final ServerSocket socket;
  private final int target;
  public final AtomicLong bytesPerConnection;
  public final AtomicInteger broken = new AtomicInteger();

  public FaultyProxy(int target, long bytesPerConnection) throws IOException {
    this.socket = new ServerSocket(0);
    this.target = target;
    this.bytesPerConnection = new AtomicLong(bytesPerConnection);
    thread(this::accept);
  }

  public int port() {
    return socket.getLocalPort();
  }

  private void accept() {
    while (!socket.isClosed()) {
      try {
        Socket client = socket.accept();
        Socket server = new Socket("127.0.0.1", target);
        thread(() -> copy(client, server, Long.MAX_VALUE));
        thread(() -> copy(server, client, bytesPerConnection.get()));
      } catch (IOException e) {
        return;
      }
    }
  }

  private void copy(Socket from, Socket to, long limit) {
    try (from;
        to) {
      InputStream in = from.getInputStream();
      OutputStream out = to.getOutputStream();
      byte[] buffer = new byte[4096];
      long left = limit;
      while (left > 0) {
        int read = in.read(buffer, 0, (int) Math.min(buffer.length, left));
        if (read < 0) {
          return;
        }
        out.write(buffer, 0, read);
        out.flush();
        left -= read;
      }
      broken.incrementAndGet();
    } catch (IOException e) {
      // One side is gone, and so is the other.
    }
  }

  private static void thread(Runnable task) {
    Thread thread = new Thread(task, "faulty-proxy");
    thread.setDaemon(true);
    thread.start();
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
