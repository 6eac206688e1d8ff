package org.nnsight4j.internal.toolfile;

import java.io.ByteArrayInputStream;
import java.io.DataInputStream;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;

/**
 * The part of Python's pickle that files of tensors need (PEP 307 and 3154): numbers, texts, lists,
 * dictionaries, and calls that the caller allows by name. A pickle is a program; here nothing of it
 * runs but what a {@link Builder} offers, and everything else is refused by name.
 */
final class Pickle {
  private static final int MOST_OBJECTS = 1 << 20;
  private static final Object MARK = new Object();

  /** What may be named and called. */
  interface Builder {
    /** A call of {@code module.name}. */
    Object call(String name, List<Object> arguments);

    /** An object that is stored outside of the pickle. */
    Object stored(Object id);
  }

  /** Python's None. */
  static final Object NONE =
      new Object() {
        @Override
        public String toString() {
          return "None";
        }
      };

  /** A class or function by name. */
  record Name(String name) {
    @Override
    public String toString() {
      return name;
    }
  }

  private final String where;
  private final DataInputStream in;
  private final Builder builder;
  private final List<Object> stack = new ArrayList<>();
  private final Map<Long, Object> memo = new HashMap<>();
  private int made;

  private Pickle(String where, byte[] bytes, Builder builder) {
    this.where = where;
    this.in = new DataInputStream(new ByteArrayInputStream(bytes));
    this.builder = builder;
  }

  /**
   * Reads one object: Long, Double, Boolean, String, {@link #NONE}, List, Map, or what the builder
   * made.
   *
   * @throws CheckpointException if it is damaged or needs anything else
   */
  static Object read(String where, byte[] bytes, Builder builder) {
    try {
      return new Pickle(where, bytes, builder).run();
    } catch (IOException e) {
      throw new CheckpointException(
          "%s: its pickle ends too early; the file is damaged".formatted(where), e);
    } catch (ClassCastException | IndexOutOfBoundsException e) {
      throw new CheckpointException("%s: its pickle is damaged".formatted(where), e);
    }
  }

  private Object run() throws IOException {
    while (true) {
      int code = in.readUnsignedByte();
      if (code == '.') {
        return pop();
      }
      if (++made > MOST_OBJECTS) {
        throw new CheckpointException(
            "%s: its pickle has more than %s steps, which no file of tensors needs"
                .formatted(where, MOST_OBJECTS));
      }
      if (!number(code) && !text(code) && !collection(code)) {
        other(code);
      }
    }
  }

  private boolean number(int code) throws IOException {
    switch (code) {
      case 'N' -> stack.add(NONE);
      case 0x88 -> stack.add(true);
      case 0x89 -> stack.add(false);
      case 'J' -> stack.add((long) Integer.reverseBytes(in.readInt()));
      case 'K' -> stack.add((long) in.readUnsignedByte());
      case 'M' -> stack.add((long) (in.readUnsignedByte() | in.readUnsignedByte() << 8));
      case 'G' -> stack.add(in.readDouble());
      case 0x8a -> stack.add(integer(in.readUnsignedByte()));
      default -> {
        return false;
      }
    }
    return true;
  }

  private long integer(int length) throws IOException {
    if (length > Long.BYTES) {
      throw new CheckpointException(
          "%s: an integer of %s bytes is too large".formatted(where, length));
    }
    byte[] bytes = bytes(length);
    long value = length > 0 && bytes[length - 1] < 0 ? -1 : 0;
    for (int i = length - 1; i >= 0; i--) {
      value = value << 8 | bytes[i] & 0xff;
    }
    return value;
  }

  private boolean text(int code) throws IOException {
    switch (code) {
      case 'X' -> stack.add(string(Integer.reverseBytes(in.readInt())));
      case 0x8c -> stack.add(string(in.readUnsignedByte()));
      case 'c' -> stack.add(new Name(line() + "." + line()));
      case 0x93 -> {
        String name = (String) pop();
        stack.add(new Name((String) pop() + "." + name));
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  private String string(int length) throws IOException {
    return new String(bytes(length), StandardCharsets.UTF_8);
  }

  private byte[] bytes(int length) throws IOException {
    if (length < 0 || length > in.available()) {
      throw new IOException("expected " + length + " bytes more");
    }
    return in.readNBytes(length);
  }

  private String line() throws IOException {
    StringBuilder line = new StringBuilder();
    int next;
    while ((next = in.readUnsignedByte()) != '\n') {
      line.append((char) next);
    }
    return line.toString();
  }

  private boolean collection(int code) throws IOException {
    switch (code) {
      case '}' -> stack.add(new LinkedHashMap<Object, Object>());
      case ']', ')' -> stack.add(new ArrayList<Object>());
      case '(' -> stack.add(MARK);
      case 't' -> stack.add(sinceMark());
      case 0x85 -> stack.add(last(1));
      case 0x86 -> stack.add(last(2));
      case 0x87 -> stack.add(last(3));
      case 'a' -> {
        Object item = pop();
        list(top()).add(item);
      }
      case 'e' -> {
        List<Object> items = sinceMark();
        list(top()).addAll(items);
      }
      case 's' -> {
        Object value = pop();
        Object key = pop();
        map(top()).put(key(key), value);
      }
      case 'u' -> {
        List<Object> items = sinceMark();
        for (int i = 0; i + 1 < items.size(); i += 2) {
          map(top()).put(key(items.get(i)), items.get(i + 1));
        }
      }
      default -> {
        return false;
      }
    }
    return true;
  }

  /** A list as a key could contain itself. */
  private Object key(Object key) {
    if (key instanceof String || key instanceof Long) {
      return key;
    }
    throw new CheckpointException(
        "%s: expected a text or an integer as a key of a dictionary, found a %s"
            .formatted(where, key.getClass().getSimpleName()));
  }

  private void other(int code) throws IOException {
    switch (code) {
      case 0x80 -> in.readUnsignedByte();
      case 0x95 -> in.readLong();
      case 'q' -> memo.put((long) in.readUnsignedByte(), top());
      case 'r' -> memo.put((long) Integer.reverseBytes(in.readInt()), top());
      case 0x94 -> memo.put((long) memo.size(), top());
      case 'h' -> stack.add(remembered(in.readUnsignedByte()));
      case 'j' -> stack.add(remembered(Integer.reverseBytes(in.readInt())));
      case 'Q' -> stack.add(builder.stored(pop()));
      case 'R' -> {
        List<Object> arguments = list(pop());
        String name = ((Name) pop()).name;
        stack.add(
            name.equals("collections.OrderedDict") && arguments.isEmpty()
                ? new LinkedHashMap<Object, Object>()
                : builder.call(name, arguments));
      }
      // Attributes of a dictionary, such as the _metadata of a state_dict, hold no numbers.
      case 'b' -> {
        pop();
        map(top());
      }
      default ->
          throw new CheckpointException(
              "%s: its pickle has the operation 0x%s, which no file of tensors needs; save it again with torch.save"
                  .formatted(where, Integer.toHexString(code)));
    }
  }

  private Object remembered(long index) {
    @Nullable Object found = memo.get(index);
    if (found == null) {
      throw new CheckpointException("%s: its pickle is damaged".formatted(where));
    }
    return found;
  }

  private Object top() {
    return stack.get(stack.size() - 1);
  }

  private Object pop() {
    Object last = stack.remove(stack.size() - 1);
    if (last == MARK) {
      throw new CheckpointException("%s: its pickle is damaged".formatted(where));
    }
    return last;
  }

  private List<Object> sinceMark() {
    int from = stack.lastIndexOf(MARK);
    List<Object> items = new ArrayList<>(stack.subList(from + 1, stack.size()));
    stack.subList(from, stack.size()).clear();
    return items;
  }

  private List<Object> last(int count) {
    int from = stack.size() - count;
    List<Object> items = new ArrayList<>(stack.subList(from, stack.size()));
    stack.subList(from, stack.size()).clear();
    return items;
  }

  @SuppressWarnings("unchecked") // Lists and maps here are always of Object.
  private static List<Object> list(Object value) {
    return (List<Object>) value;
  }

  @SuppressWarnings("unchecked")
  private static Map<Object, Object> map(Object value) {
    return (Map<Object, Object>) value;
  }
}
