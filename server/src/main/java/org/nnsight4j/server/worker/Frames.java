package org.nnsight4j.server.worker;

import java.io.DataInputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * The protocol between server and worker: a kind, a length, and that many bytes. The server writes
 * to the worker's standard input, the worker to a connection of its own.
 */
final class Frames {
  /** The kind of a frame. */
  enum Kind {
    /** Worker: the model is loaded; the digest of its checkpoint. */
    READY,
    /** Server: the path of the result; the body follows. */
    RUN,
    BODY,
    /** Server: the paths of several results; as many bodies follow, to be run at once. */
    TOGETHER,
    /** Server: end the run. */
    STOP,
    /** Worker: how far it is. */
    PROGRESS,
    /** Worker: a small result, for the next DONE or DONE_TOGETHER. */
    RESULT,
    /** Worker: bytes and hash of the result. */
    DONE,
    /** Worker: bytes and hash of each result of a run of several, or null. */
    DONE_TOGETHER,
    /** Worker: a problem document. */
    FAILED,
    /** Worker: ended as asked. */
    STOPPED,
    /** Worker: the result could not be written. */
    UNWRITTEN,
    /** Worker: the run has to happen again, alone. */
    DISTURBED,
    /** Both: a frame of one of several runs: its number, the kind, and the bytes. */
    ROW,
    /** Server: there are no more rows for now; the worker repeats it. */
    ROWS_OVER
  }

  private static final int ROW_BYTES = 2 * Integer.BYTES;

  /** One frame. */
  @SuppressWarnings("ArrayRecordComponent") // The array is read once.
  record Frame(Kind kind, byte[] bytes) {
    String text() {
      return new String(bytes, StandardCharsets.UTF_8);
    }
  }

  private static final int MAGIC = 0x6e6e3400;
  private static final int LONGEST = 1 << 30;

  private Frames() {}

  static void write(DataOutputStream out, Kind kind, byte[] bytes) throws IOException {
    synchronized (out) {
      add(out, kind, bytes);
      out.flush();
    }
  }

  /** Puts a frame before the next one that is written; to send each wakes the other process. */
  static void add(DataOutputStream out, Kind kind, byte[] bytes) throws IOException {
    synchronized (out) {
      out.writeInt(MAGIC | kind.ordinal());
      out.writeInt(bytes.length);
      out.write(bytes);
    }
  }

  /** Writes a frame of one of several runs. */
  static void writeRow(DataOutputStream out, int row, Kind kind, byte[] bytes) throws IOException {
    byte[] all = new byte[ROW_BYTES + bytes.length];
    ByteBuffer.wrap(all).putInt(row).putInt(kind.ordinal()).put(bytes);
    write(out, Kind.ROW, all);
  }

  /** Which run a frame of the kind {@link Kind#ROW} belongs to. */
  static int row(Frame frame) {
    return ByteBuffer.wrap(frame.bytes).getInt();
  }

  /** The frame inside one of the kind {@link Kind#ROW}. */
  static Frame ofRow(Frame frame) {
    Kind kind = Kind.values()[ByteBuffer.wrap(frame.bytes).getInt(Integer.BYTES)];
    return new Frame(kind, Arrays.copyOfRange(frame.bytes, ROW_BYTES, frame.bytes.length));
  }

  static void write(DataOutputStream out, Kind kind, String text) throws IOException {
    write(out, kind, text.getBytes(StandardCharsets.UTF_8));
  }

  static Frame read(DataInputStream in) throws IOException {
    int word = in.readInt();
    int kind = word ^ MAGIC;
    int length = in.readInt();
    if (kind < 0 || kind >= Kind.values().length || length < 0 || length > LONGEST) {
      throw new IOException(
          "expected a frame, found %s %s: client and server of the frames are of other versions"
              .formatted(HexFormat.of().toHexDigits(word), HexFormat.of().toHexDigits(length)));
    }
    return new Frame(Kind.values()[kind], in.readNBytes(length));
  }
}
