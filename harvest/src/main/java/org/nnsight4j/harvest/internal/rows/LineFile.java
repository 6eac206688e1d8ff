package org.nnsight4j.harvest.internal.rows;

import java.io.BufferedInputStream;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.zip.CRC32C;
import org.nnsight4j.error.RunException;
import org.nnsight4j.harvest.job.RowSource;
import org.nnsight4j.harvest.job.RowSplit;
import org.nnsight4j.internal.digest.Sha256;

/** The lines of UTF-8 files: each ends at a line feed, a carriage return before it is no part. */
final class LineFile {
  private static final int BUFFER = 1 << 16;

  private LineFile() {}

  /** What happens with a line. */
  interface Reader {
    void line(long row, String text) throws IOException;
  }

  /** The splits of files, of which each begins one. */
  static RowSource.Layout layout(List<Path> files, int rowsPerSplit, String how)
      throws IOException {
    List<RowSplit> splits = new ArrayList<>();
    Sha256 digest = new Sha256().add(how + "\n");
    long row = 0;
    for (int file = 0; file < files.size(); file++) {
      Sha256 own = new Sha256();
      Counter counter = new Counter(splits, file, row, rowsPerSplit);
      byte[] buffer = new byte[BUFFER];
      try (InputStream in = java.nio.file.Files.newInputStream(files.get(file))) {
        for (int n = in.read(buffer); n >= 0; n = in.read(buffer)) {
          own.add(buffer, n);
          counter.take(buffer, n);
        }
      }
      row = counter.end();
      digest.add(own.hex() + "\n");
    }
    return new RowSource.Layout(splits, digest.hex());
  }

  /** Counts lines, and knows where each split begins. */
  private static final class Counter {
    private final List<RowSplit> splits;
    private final int file;
    private final int most;
    private long row;
    private long first;
    private long offset;
    private long begin;
    private boolean open;
    private final CRC32C check = new CRC32C();

    Counter(List<RowSplit> splits, int file, long row, int most) {
      this.splits = splits;
      this.file = file;
      this.row = row;
      this.first = row;
      this.most = most;
    }

    void take(byte[] buffer, int length) {
      int unchecked = 0;
      for (int i = 0; i < length; i++) {
        offset++;
        open = buffer[i] != '\n';
        if (!open) {
          row++;
          if (row - first == most) {
            check.update(buffer, unchecked, i + 1 - unchecked);
            unchecked = i + 1;
            close();
          }
        }
      }
      check.update(buffer, unchecked, length - unchecked);
    }

    private void close() {
      splits.add(
          new RowSplit(splits.size(), file, begin, first, (int) (row - first), check.getValue()));
      check.reset();
      first = row;
      begin = offset;
    }

    /** The number of the first row of the next file. */
    long end() {
      if (open) {
        row++;
      }
      if (row > first) {
        close();
      }
      return row;
    }
  }

  static void read(Path file, RowSplit split, Reader reader) throws IOException {
    try (FileChannel channel = FileChannel.open(file)) {
      channel.position(split.offset());
      InputStream in = new BufferedInputStream(Channels.newInputStream(channel), BUFFER);
      ByteArrayOutputStream line = new ByteArrayOutputStream();
      CRC32C check = new CRC32C();
      for (long row = split.firstRow(); row < split.firstRow() + split.rows(); row++) {
        line.reset();
        int next = in.read();
        while (next >= 0 && next != '\n') {
          line.write(next);
          next = in.read();
        }
        byte[] bytes = line.toByteArray();
        check.update(bytes);
        if (next == '\n') {
          check.update('\n');
        }
        reader.line(row, text(file, row, bytes));
      }
      split.requireSame(file, check.getValue());
    }
  }

  private static String text(Path file, long row, byte[] bytes) {
    int length = bytes.length;
    if (length > 0 && bytes[length - 1] == '\r') {
      length--;
    }
    try {
      return StandardCharsets.UTF_8
          .newDecoder()
          .decode(ByteBuffer.wrap(bytes, 0, length))
          .toString();
    } catch (CharacterCodingException e) {
      throw new RunException(
          "%s: row %s of the dataset is not UTF-8; convert the file".formatted(file, row), e);
    }
  }
}
