package org.nnsight4j.models.reference;

import java.io.DataInputStream;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;

/** The strings in a class: among them are the keys of config.json that its code reads. */
final class ClassStrings {
  private static final int UTF8 = 1;
  private static final int LONG = 5;
  private static final int DOUBLE = 6;

  private ClassStrings() {}

  /** Those that could be keys. */
  static Set<String> keys(Class<?> type) {
    Set<String> keys = new TreeSet<>();
    String file = type.getName().substring(type.getPackageName().length() + 1) + ".class";
    try (InputStream bytes = Objects.requireNonNull(type.getResourceAsStream(file), file);
        DataInputStream in = new DataInputStream(bytes)) {
      in.skipNBytes(8);
      int count = in.readUnsignedShort();
      for (int i = 1; i < count; i++) {
        int tag = in.readUnsignedByte();
        if (tag == UTF8) {
          String text = in.readUTF();
          if (text.matches("_?[a-z]+(_[a-z0-9]+)+")) {
            keys.add(text);
          }
        } else {
          in.skipNBytes(length(tag));
          i += tag == LONG || tag == DOUBLE ? 1 : 0;
        }
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    return keys;
  }

  /** The bytes of an entry of the constant pool after its tag. */
  private static int length(int tag) {
    return switch (tag) {
      case 3, 4, 9, 10, 11, 12, 17, 18 -> 4;
      case LONG, DOUBLE -> 8;
      case 7, 8, 16, 19, 20 -> 2;
      case 15 -> 3;
      default -> throw new IllegalStateException("no entry of a class has the tag " + tag);
    };
  }
}
