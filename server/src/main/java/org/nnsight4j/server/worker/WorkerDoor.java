package org.nnsight4j.server.worker;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetAddress;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.security.MessageDigest;
import java.security.SecureRandom;

/**
 * Accepts the connection of a worker that was just started: its frames have a connection of their
 * own, so that nothing else in its process can write there. Other processes on this machine can
 * connect too; only the worker knows the token, which it reads from its standard input.
 */
final class WorkerDoor implements AutoCloseable {
  static final int WORD_BYTES = 32;

  private static final int LOOK_MILLIS = 100;
  private static final int WORD_MILLIS = 2000;

  private final ServerSocket socket;
  private final byte[] word = new byte[WORD_BYTES];

  WorkerDoor() throws IOException {
    this.socket = new ServerSocket(0, 8, InetAddress.getLoopbackAddress());
    socket.setSoTimeout(LOOK_MILLIS);
    new SecureRandom().nextBytes(word);
  }

  int port() {
    return socket.getLocalPort();
  }

  byte[] word() {
    return word.clone();
  }

  /** Waits for the worker. */
  Socket open(Process worker) throws IOException {
    while (worker.isAlive()) {
      try {
        Socket guest = socket.accept();
        if (isWorker(guest)) {
          return guest;
        }
        guest.close();
      } catch (SocketTimeoutException e) {
        // It is still starting, or gone.
      }
    }
    throw new IOException("it ended with %s before it came in".formatted(worker.exitValue()));
  }

  private boolean isWorker(Socket guest) throws IOException {
    guest.setSoTimeout(WORD_MILLIS);
    try {
      InputStream in = guest.getInputStream();
      byte[] said = in.readNBytes(WORD_BYTES);
      guest.setSoTimeout(0);
      guest.setTcpNoDelay(true);
      return MessageDigest.isEqual(word, said);
    } catch (IOException e) {
      return false;
    }
  }

  @Override
  public void close() throws IOException {
    socket.close();
  }
}
