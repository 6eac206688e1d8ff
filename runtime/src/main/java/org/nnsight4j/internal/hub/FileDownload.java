package org.nnsight4j.internal.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.http.HttpResponse;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.AtomicMoveNotSupportedException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.hub.HubClient.Metadata;
import org.nnsight4j.internal.hub.HubClient.Unreachable;
import org.nnsight4j.internal.stream.IdleTimeout;

/**
 * Downloads one file into the cache. It resumes where a connection broke or a process ended, and
 * gives the file its name only if size and hash are those that the hub reported.
 */
final class FileDownload {
  private static final int BUFFER = 256 << 10;
  private static final Pattern RANGE = Pattern.compile("bytes (\\d+)-\\d+/(\\d+|\\*)");

  private final HubClient client;
  private final RepoCache cache;
  private final Metadata wanted;
  private final Arrival progress;
  private final byte[] buffer = new byte[BUFFER];

  FileDownload(HubClient client, RepoCache cache, Metadata wanted, Arrival progress) {
    this.client = client;
    this.cache = cache;
    this.wanted = wanted;
    this.progress = progress;
  }

  /**
   * Downloads the file, unless the cache has it or another process downloads it.
   *
   * @throws Unreachable if the hub stops answering
   */
  void run() throws Unreachable {
    Path blob = cache.blob(wanted.etag());
    try (PathLock lock = cache.lock(wanted.etag())) {
      boolean isNew = false;
      if (!Files.isRegularFile(blob)) {
        if (cache.has(wanted.commit(), wanted.file())) {
          // The holder of the lock downloaded it, on a system where files are not links.
          return;
        }
        fetch(blob);
        isNew = true;
      }
      cache.publish(wanted.commit(), wanted.file(), blob, isNew);
    } catch (IOException e) {
      throw new CheckpointException(
          "%s: %s cannot be written into the cache at %s: %s"
              .formatted(client.name(), wanted.file(), cache.folder(), e),
          e);
    }
  }

  private void fetch(Path blob) throws IOException, Unreachable {
    // Not Python's name: its client may hold another kind of lock on that.
    Path partial = cache.blobs().resolve(wanted.etag() + ".nnsight4j.incomplete");
    boolean goesOn = Files.exists(partial) && Files.size(partial) > 0;
    @Nullable String other = filled(partial);
    if (other != null && goesOn) {
      // The bytes of an earlier process may be damaged, so start again from the beginning.
      Files.delete(partial);
      other = filled(partial);
    }
    if (other != null) {
      Files.delete(partial);
      throw new CheckpointException(
          "%s: %s was damaged on its way: expected the hash %s, found %s; nothing of it was kept, open the model again"
              .formatted(client.name(), wanted.file(), wanted.etag(), other));
    }
    try {
      Files.move(partial, blob, StandardCopyOption.ATOMIC_MOVE);
    } catch (AtomicMoveNotSupportedException e) {
      Files.move(partial, blob);
    }
  }

  /** Fills the incomplete file; returns its hash if that is not the expected one. */
  private @Nullable String filled(Path partial) throws IOException, Unreachable {
    try (FileChannel out =
        FileChannel.open(
            partial,
            StandardOpenOption.CREATE,
            StandardOpenOption.READ,
            StandardOpenOption.WRITE)) {
      requireSpace(partial, out.size());
      Transfer transfer = new Transfer(out);
      transfer.run();
      out.force(true);
      return transfer.hash.other();
    }
  }

  private void requireSpace(Path partial, long here) throws IOException {
    long free = Files.getFileStore(partial).getUsableSpace();
    if (wanted.size() - here > free && free > 0) {
      throw new CheckpointException(
          "%s: %s needs %s more bytes, %s has %s; make room, or set HF_HUB_CACHE to another disk"
              .formatted(
                  client.name(), wanted.file(), wanted.size() - here, partial.getParent(), free));
    }
  }

  /** The transfer of one file, over as many connections as it takes. */
  private final class Transfer {
    private final FileChannel out;
    private final Patience patience = Patience.usual(client.sleeper());
    private ContentHash hash = ContentHash.of(wanted.etag(), wanted.size());
    private boolean ended;

    Transfer(FileChannel out) {
      this.out = out;
    }

    void run() throws IOException, Unreachable {
      readAgain();
      while (!isComplete()) {
        connect();
      }
      progress.at(wanted.file(), out.position(), out.position());
    }

    /** Hashes the bytes that an earlier process left, and moves to their end. */
    private void readAgain() throws IOException {
      if (wanted.size() < 0 || out.size() > wanted.size()) {
        out.truncate(0);
      }
      out.position(0);
      ByteBuffer bytes = ByteBuffer.wrap(buffer);
      for (int n = out.read(bytes); n >= 0; n = out.read(bytes.clear())) {
        hash.add(buffer, n);
      }
    }

    private boolean isComplete() throws IOException {
      return wanted.size() < 0 ? ended : out.position() == wanted.size();
    }

    private void restart() throws IOException {
      out.truncate(0);
      out.position(0);
      hash = ContentHash.of(wanted.etag(), wanted.size());
    }

    private void connect() throws IOException, Unreachable {
      long before = out.position();
      HttpResponse<InputStream> answer;
      try {
        answer = client.get(wanted.commit(), wanted.file(), before);
      } catch (IOException e) {
        again(client.said(wanted.file(), e), e);
        return;
      }
      try (InputStream in = answer.body();
          IdleTimeout silence = new IdleTimeout(in, client.settings().silence())) {
        int status = answer.statusCode();
        if (status == 200 || status == 206 && startsAt(answer, before)) {
          if (status == 200 && before > 0) {
            restart();
          }
          copy(in, silence);
        } else if (status == 206 || status == 416) {
          restart();
          again(
              "%s: the hub gave another part of %s".formatted(client.name(), wanted.file()), null);
        } else if (Patience.isTransient(status)) {
          String why =
              "%s answers %s for %s".formatted(client.settings().endpoint(), status, wanted.file());
          if (!patience.waits(why, answer)) {
            throw new Unreachable(why, null);
          }
        } else {
          throw HubRefusal.of(client, wanted.file(), answer);
        }
      }
    }

    private boolean startsAt(HttpResponse<?> answer, long place) {
      Matcher range = RANGE.matcher(answer.headers().firstValue("Content-Range").orElse(""));
      return range.matches() && range.group(1).equals(Long.toString(place));
    }

    /** Writes the bytes that arrive; missing bytes are requested again. */
    private void copy(InputStream in, IdleTimeout silence) throws IOException, Unreachable {
      while (true) {
        int read;
        try {
          read = in.read(buffer);
        } catch (IOException e) {
          again(
              silence.ended()
                  ? "%s: nothing more of %s came for %s s"
                      .formatted(
                          client.name(), wanted.file(), client.settings().silence().toSeconds())
                  : "%s: %s broke off: %s".formatted(client.name(), wanted.file(), e.getMessage()),
              e);
          return;
        }
        if (read < 0) {
          ended = !silence.ended();
          if (!isComplete()) {
            again("%s: %s broke off".formatted(client.name(), wanted.file()), null);
          }
          return;
        }
        silence.broken();
        patience.renew();
        if (wanted.size() >= 0 && out.position() + read > wanted.size()) {
          out.truncate(0);
          throw new CheckpointException(
              "%s: %s is longer than the %s bytes that the hub told; nothing of it was kept"
                  .formatted(client.name(), wanted.file(), wanted.size()));
        }
        hash.add(buffer, read);
        ByteBuffer bytes = ByteBuffer.wrap(buffer, 0, read);
        while (bytes.hasRemaining()) {
          out.write(bytes);
        }
        progress.at(wanted.file(), out.position(), wanted.size());
      }
    }

    private void again(String why, @Nullable IOException e) throws Unreachable {
      if (!patience.waits(why)) {
        throw new Unreachable(why, e);
      }
    }
  }
}
