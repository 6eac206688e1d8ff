package org.nnsight4j.internal.toolfile;

import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.DType;

/**
 * The header of a NumPy array: a Python dictionary with three keys. It is parsed, never evaluated.
 *
 * @param shape at most two axes
 * @param byColumns whether the first axis is the fastest ({@code fortran_order})
 */
@SuppressWarnings("ArrayRecordComponent") // Read once, right after construction.
record NpyHeader(DType dtype, long[] shape, boolean byColumns) {
  /** Parses the text of a header; {@code where} is the file and the array, for messages. */
  static NpyHeader parse(String where, byte[] text) {
    return new Parser(where, new String(text, StandardCharsets.ISO_8859_1)).header();
  }

  /** The number of elements. */
  long size() {
    return Arrays.stream(shape).reduce(1, Math::multiplyExact);
  }

  private static final class Parser {
    private final String where;
    private final String text;
    private int at;

    Parser(String where, String text) {
      this.where = where;
      this.text = text;
    }

    NpyHeader header() {
      @Nullable DType dtype = null;
      @Nullable Boolean byColumns = null;
      long @Nullable [] shape = null;
      expect("{");
      while (!accept("}")) {
        String key = quoted();
        expect(":");
        if (key.equals("descr") && dtype == null) {
          dtype = dtype(quoted());
        } else if (key.equals("fortran_order") && byColumns == null) {
          byColumns = accept("True");
          if (!byColumns) {
            expect("False");
          }
        } else if (key.equals("shape") && shape == null) {
          shape = tuple();
        } else {
          throw wrong("each of 'descr', 'fortran_order' and 'shape' once");
        }
        if (!accept(",")) {
          expect("}");
          break;
        }
      }
      skipSpace();
      if (at != text.length() || dtype == null || byColumns == null || shape == null) {
        throw wrong("'descr', 'fortran_order' and 'shape' and nothing else");
      }
      return new NpyHeader(dtype, shape, byColumns);
    }

    private DType dtype(String found) {
      return switch (found) {
        case "<f4" -> DType.FLOAT32;
        case "<f8" -> DType.FLOAT64;
        case "<f2" -> DType.FLOAT16;
        default ->
            throw new CheckpointException(
                "%s: expected numbers of the type '<f4', '<f8' or '<f2', found '%s'%s; save it with .astype(numpy.float32)"
                    .formatted(
                        where,
                        found,
                        found.contains("O")
                            ? ", objects of Python, which are pickled and could run code"
                            : ""));
      };
    }

    private long[] tuple() {
      List<Long> lengths = new ArrayList<>();
      expect("(");
      while (!accept(")")) {
        lengths.add(number());
        if (!accept(",")) {
          expect(")");
          break;
        }
      }
      if (lengths.size() > 2) {
        throw wrong("at most two axes");
      }
      return lengths.stream().mapToLong(each -> each).toArray();
    }

    private long number() {
      skipSpace();
      int from = at;
      while (at < text.length() && Character.digit(text.charAt(at), 10) >= 0) {
        at++;
      }
      if (at == from || at - from > 10) {
        throw wrong("a length of at most ten digits");
      }
      return Long.parseLong(text.substring(from, at));
    }

    private String quoted() {
      skipSpace();
      char quote = at < text.length() ? text.charAt(at) : ' ';
      int end = quote == '\'' || quote == '"' ? text.indexOf(quote, at + 1) : -1;
      if (end < 0 || text.substring(at + 1, end).indexOf('\\') >= 0) {
        throw wrong("a plain string in quotes");
      }
      String found = text.substring(at + 1, end);
      at = end + 1;
      return found;
    }

    private void skipSpace() {
      while (at < text.length() && " \n".indexOf(text.charAt(at)) >= 0) {
        at++;
      }
    }

    private boolean accept(String expected) {
      skipSpace();
      boolean there = text.startsWith(expected, at);
      at += there ? expected.length() : 0;
      return there;
    }

    private void expect(String expected) {
      if (!accept(expected)) {
        throw wrong("'" + expected + "'");
      }
    }

    private CheckpointException wrong(String expected) {
      return new CheckpointException(
          "%s: expected %s in the header of a NumPy array, found \"%s\" at %s; this is no .npy file that NumPy wrote"
              .formatted(
                  where, expected, text.substring(at, Math.min(text.length(), at + 40)), at));
    }
  }
}
