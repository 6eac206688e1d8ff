package org.nnsight4j.internal.toolfile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/**
 * NumPy's {@code .npz}: a zip of arrays ({@code numpy.lib.format}). It reads only numbers; an array
 * of objects would be a pickle, which is code.
 */
public final class Npz {
  private static final byte[] MAGIC = {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y'};
  private static final String ENDING = ".npy";
  private static final int LONGEST_HEADER = 1 << 16;
  private static final int MOST_ARRAYS = 1000;

  /** Weights hardly compress; only zeros do, and a useful file has few of them. */
  private static final long LARGEST_RATIO = 100;

  private static final long ALWAYS_ALLOWED = 64L << 20;

  private Npz() {}

  /**
   * Reads all arrays, sorted by name.
   *
   * @throws CheckpointException if the file is damaged, contains anything but numbers, or is much
   *     smaller than the arrays that it claims to have
   */
  public static SortedMap<String, Tensor> read(Path file) {
    if (!Files.exists(file)) {
      throw new CheckpointException("%s: there is no such file".formatted(file));
    }
    try (ZipFile zip = new ZipFile(file.toFile())) {
      if (zip.size() > MOST_ARRAYS) {
        throw new CheckpointException(
            "%s: expected at most %s arrays, found %s".formatted(file, MOST_ARRAYS, zip.size()));
      }
      long allowed = ALWAYS_ALLOWED + LARGEST_RATIO * Files.size(file);
      SortedMap<String, Tensor> arrays = new TreeMap<>();
      for (ZipEntry entry : Collections.list(zip.entries())) {
        String name = name(file, entry);
        allowed -= entry.getSize();
        if (entry.getSize() < 0 || allowed < 0) {
          throw new CheckpointException(
              "%s: '%s' would be %s bytes, which is too much for a file of %s bytes; it is damaged, or made to fill the memory"
                  .formatted(file, name, entry.getSize(), Files.size(file)));
        }
        if (arrays.put(name, array(file + ": '" + name + "'", zip, entry)) != null) {
          throw new CheckpointException("%s: '%s' is there twice".formatted(file, name));
        }
      }
      return Collections.unmodifiableSortedMap(arrays);
    } catch (NoSuchFileException e) {
      throw new CheckpointException("%s: there is no such file".formatted(file), e);
    } catch (ZipException | IllegalArgumentException e) {
      throw new CheckpointException(
          "%s: expected the zip file that numpy.savez writes, found another or a damaged one: %s"
              .formatted(file, e.getMessage()),
          e);
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be read: %s".formatted(file, e), e);
    }
  }

  private static String name(Path file, ZipEntry entry) {
    String name = entry.getName();
    if (!name.endsWith(ENDING) || name.contains("/") || name.contains("\\")) {
      throw new CheckpointException(
          "%s: expected arrays called NAME.npy, found '%s'".formatted(file, name));
    }
    return name.substring(0, name.length() - ENDING.length());
  }

  private static Tensor array(String where, ZipFile zip, ZipEntry entry) throws IOException {
    try (InputStream stream = zip.getInputStream(entry)) {
      byte[] start = stream.readNBytes(MAGIC.length + 2);
      int major = start.length == MAGIC.length + 2 && startsWithMagic(start) ? start[6] : 0;
      if (major < 1 || major > 3) {
        throw new CheckpointException(
            "%s: expected a NumPy array of the format 1, 2 or 3, found none".formatted(where));
      }
      byte[] length = stream.readNBytes(major == 1 ? 2 : 4);
      if (length.length < (major == 1 ? 2 : 4)) {
        throw tooShort(where);
      }
      ByteBuffer bytes = ByteBuffer.wrap(length).order(ByteOrder.LITTLE_ENDIAN);
      int header = major == 1 ? bytes.getShort() & 0xffff : bytes.getInt();
      if (header < 0 || header > LONGEST_HEADER) {
        throw new CheckpointException(
            "%s: expected a header of at most %s bytes, found %s"
                .formatted(where, LONGEST_HEADER, Integer.toUnsignedString(header)));
      }
      byte[] text = stream.readNBytes(header);
      if (text.length < header) {
        throw tooShort(where);
      }
      long before = start.length + length.length + (long) header;
      return numbers(where, NpyHeader.parse(where, text), stream, entry.getSize() - before);
    } catch (ArithmeticException e) {
      throw new CheckpointException(
          "%s: its shape has more numbers than a file can hold".formatted(where), e);
    }
  }

  private static boolean startsWithMagic(byte[] start) {
    for (int i = 0; i < MAGIC.length; i++) {
      if (start[i] != MAGIC[i]) {
        return false;
      }
    }
    return true;
  }

  private static Tensor numbers(String where, NpyHeader header, InputStream stream, long rest)
      throws IOException {
    long expected = Math.multiplyExact(header.size(), header.dtype().bytes());
    if (expected != rest || expected > Integer.MAX_VALUE - 8) {
      throw new CheckpointException(
          "%s: its shape needs %s bytes, which must be all that follows and at most 2 GiB; found %s"
              .formatted(where, expected, rest));
    }
    byte[] bytes = stream.readNBytes((int) expected);
    if (bytes.length < expected || stream.read() >= 0) {
      throw tooShort(where);
    }
    long[] shape = header.shape();
    if (!header.byColumns() || shape.length < 2) {
      return Tensor.ofBytes(header.dtype(), ByteBuffer.wrap(bytes), shape);
    }
    return Tensor.ofBytes(
        header.dtype(), ByteBuffer.wrap(byRows(header.dtype(), bytes, shape)), shape);
  }

  /** The same matrix with the last axis as the fastest. */
  private static byte[] byRows(DType dtype, byte[] columns, long[] shape) {
    int width = dtype.bytes();
    int rows = (int) shape[0];
    byte[] result = new byte[columns.length];
    for (int i = 0; i < columns.length / width; i++) {
      int target = (i % rows) * (int) shape[1] + i / rows;
      System.arraycopy(columns, i * width, result, target * width, width);
    }
    return result;
  }

  private static CheckpointException tooShort(String where) {
    return new CheckpointException(
        "%s: expected as many bytes as the zip says, found another number; the file is damaged"
            .formatted(where));
  }
}
