package org.nnsight4j.remote;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Locale;

/** The parts of a multipart answer (RFC 2046), each of which says how long it is. */
final class Parts {
  /** The type of such an answer. */
  static final String TYPE = "multipart/mixed";

  private static final String LENGTH = "content-length:";
  private static final int MOST = 4;
  private final byte[] bytes;
  private int at;

  private Parts(byte[] bytes) {
    this.bytes = bytes;
  }

  /**
   * Reads the contents of all parts.
   *
   * @throws RemoteException if the bytes have another form
   */
  static List<byte[]> read(byte[] bytes) {
    Parts parts = new Parts(bytes);
    String boundary = parts.line();
    if (!boundary.startsWith("--")) {
      throw malformed();
    }
    List<byte[]> contents = new ArrayList<>();
    while (contents.size() < MOST) {
      contents.add(parts.part());
      String next = parts.line();
      if (next.equals(boundary + "--")) {
        return List.copyOf(contents);
      } else if (!next.equals(boundary)) {
        throw malformed();
      }
    }
    throw malformed();
  }

  private byte[] part() {
    int length = -1;
    for (String line = line(); !line.isEmpty(); line = line()) {
      if (line.toLowerCase(Locale.ROOT).startsWith(LENGTH)) {
        length = number(line.substring(LENGTH.length()).strip());
      }
    }
    if (length < 0 || length > bytes.length - at) {
      throw malformed();
    }
    byte[] content = Arrays.copyOfRange(bytes, at, at + length);
    at += length;
    if (!line().isEmpty()) {
      throw malformed();
    }
    return content;
  }

  private static int number(String text) {
    if (!text.matches("[0-9]{1,9}")) {
      throw malformed();
    }
    return Integer.parseInt(text);
  }

  private String line() {
    for (int end = at; end + 1 < bytes.length; end++) {
      if (bytes[end] == '\r' && bytes[end + 1] == '\n') {
        String line = new String(bytes, at, end - at, StandardCharsets.ISO_8859_1);
        at = end + 2;
        return line;
      }
    }
    throw malformed();
  }

  private static RemoteException malformed() {
    return new RemoteException(
        "expected an answer in parts that say how long they are, found another; is this an nnsight4j server?");
  }
}
