package org.nnsight4j.remote;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.HexFormat;
import org.nnsight4j.internal.digest.Sha256;
import org.nnsight4j.internal.file.WholeFile;
import org.nnsight4j.internal.stream.IdleTimeout;

/** Downloads a result into a file: resumes where a connection broke, and checks the hash. */
final class Download {
  private static final int BUFFER = 256 << 10;
  private static final long FIRST_PAUSE_MILLIS = 100;
  private static final long LONGEST_PAUSE_MILLIS = 5000;

  private final Api api;
  private final JobInfo job;

  Download(Api api, JobInfo job) {
    this.api = api;
    this.job = job;
  }

  /** Downloads into {@code file}, which appears when it is complete and correct. */
  Path to(Path file) {
    try {
      WholeFile whole = WholeFile.at(file);
      // The next attempt has the same name and resumes; another file has another name.
      Path partial =
          whole.partial("%s-%s".formatted(job.id(), HexFormat.of().toHexDigits(file.hashCode())));
      fetch(whole, partial);
      check(partial);
      whole.publish(partial);
      return file;
    } catch (IOException e) {
      throw unwritten(file, e);
    }
  }

  private void fetch(WholeFile whole, Path partial) throws IOException {
    long pause = FIRST_PAUSE_MILLIS;
    long end = Api.patienceEnds();
    try (FileChannel out = whole.open(partial, StandardOpenOption.CREATE)) {
      out.position(Math.min(out.size(), job.resultBytes()));
      while (out.position() < job.resultBytes()) {
        long before = out.position();
        String why = "the result of job %s broke off".formatted(job.id());
        try {
          connect(out);
        } catch (ConnectionException e) {
          why = Api.said(e.cause);
          if (System.nanoTime() > end) {
            throw api.unreachable(e.cause);
          }
        }
        if (out.position() > before) {
          pause = FIRST_PAUSE_MILLIS;
          end = Api.patienceEnds();
        } else {
          api.pause(why, pause);
          pause = Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
        }
      }
      out.truncate(job.resultBytes());
    }
  }

  /** The network failed, not the disk. */
  private static final class ConnectionException extends Exception {
    private static final long serialVersionUID = 1L;
    private final IOException cause;

    ConnectionException(IOException cause) {
      super(cause);
      this.cause = cause;
    }
  }

  private void connect(FileChannel out) throws IOException, ConnectionException {
    HttpRequest.Builder request = api.request("/v1/jobs/" + job.id() + "/result");
    if (out.position() > 0) {
      request
          .header("Range", "bytes=%s-".formatted(out.position()))
          .header("If-Range", "\"" + job.resultSha256() + "\"");
    }
    HttpResponse<InputStream> response;
    try {
      response = api.once(request.build(), BodyHandlers.ofInputStream());
    } catch (IOException e) {
      throw new ConnectionException(e);
    }
    try (InputStream in = response.body();
        IdleTimeout silence = new IdleTimeout(in, Api.SILENCE)) {
      switch (response.statusCode()) {
        case 200 -> out.position(0);
        case 206 -> {}
        case 429, 503 -> throw new ConnectionException(new IOException(Api.busyWith(response)));
        default -> api.read(response);
      }
      copy(in, out, silence);
    }
  }

  private void copy(InputStream in, FileChannel out, IdleTimeout silence)
      throws IOException, ConnectionException {
    byte[] buffer = new byte[BUFFER];
    while (out.position() < job.resultBytes()) {
      int read;
      try {
        read = in.read(buffer);
      } catch (IOException e) {
        throw new ConnectionException(e);
      }
      if (read < 0) {
        return;
      }
      silence.broken();
      ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
      while (bytes.hasRemaining()) {
        out.write(bytes);
      }
      api.watcher().download(job.id(), out.position(), job.resultBytes());
    }
  }

  private void check(Path partial) throws IOException {
    String found = Sha256.of(partial);
    if (!found.equals(job.resultSha256())) {
      Files.delete(partial);
      throw damaged(found);
    }
  }

  /** Writes a result that is already here. */
  Path with(byte[] body, Path file) {
    check(body);
    try {
      WholeFile.at(file).write(channel -> channel.write(ByteBuffer.wrap(body)));
      return file;
    } catch (IOException e) {
      throw unwritten(file, e);
    }
  }

  /**
   * Compares a result that is already here with its hash.
   *
   * @throws RemoteException if it is another
   */
  void check(byte[] body) {
    String found = Sha256.of(body);
    if (!found.equals(job.resultSha256())) {
      throw damaged(found);
    }
    api.watcher().download(job.id(), body.length, body.length);
  }

  private RemoteException damaged(String found) {
    return new RemoteException(
        "the result of job %s was damaged on its way: expected SHA-256 %s, found %s; fetch it again"
            .formatted(job.id(), job.resultSha256(), found));
  }

  private RemoteException unwritten(Path file, IOException e) {
    return new RemoteException(
        "%s: the result of job %s cannot be written: %s".formatted(file, job.id(), e), e);
  }
}
