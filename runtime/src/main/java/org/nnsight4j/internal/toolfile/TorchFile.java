package org.nnsight4j.internal.toolfile;

import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.zip.ZipEntry;
import java.util.zip.ZipException;
import java.util.zip.ZipFile;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/**
 * A file of {@code torch.save}, as {@code torch.load(..., weights_only=True)} reads it: tensors,
 * numbers and texts in dictionaries and lists. Such a file is a pickle, which can hold any program;
 * here only the few calls that make tensors are known, and nothing else runs.
 */
public final class TorchFile {
  private static final String PICKLE = "/data.pkl";
  private static final Map<String, DType> TYPES =
      Map.of(
          "torch.DoubleStorage", DType.FLOAT64,
          "torch.FloatStorage", DType.FLOAT32,
          "torch.HalfStorage", DType.FLOAT16,
          "torch.BFloat16Storage", DType.BFLOAT16,
          "torch.LongStorage", DType.INT64,
          "torch.IntStorage", DType.INT32,
          "torch.BoolStorage", DType.BOOL);

  private final Path file;
  private final ZipFile zip;
  private final String prefix;
  private final Map<String, Storage> storages = new HashMap<>();

  /** Numbers without a shape. */
  private record Storage(DType dtype, byte[] bytes) {}

  private TorchFile(Path file, ZipFile zip, String prefix) {
    this.file = file;
    this.zip = zip;
    this.prefix = prefix;
  }

  /**
   * Reads a file.
   *
   * @return a Map, List, {@link Tensor}, Long, Double, Boolean or String; None in it is {@link
   *     #isNone}
   * @throws CheckpointException if it is damaged, of a version of torch before 1.6, or has objects
   *     that are none of these
   */
  public static Object read(Path file) {
    if (!Files.exists(file)) {
      throw new CheckpointException("%s: there is no such file".formatted(file));
    }
    try (ZipFile zip = new ZipFile(file.toFile())) {
      ZipEntry pickle = pickle(file, zip);
      String name = pickle.getName();
      TorchFile torch =
          new TorchFile(file, zip, name.substring(0, name.length() - PICKLE.length() + 1));
      return Pickle.read(
          file.toString(),
          torch.bytes(pickle),
          new Pickle.Builder() {
            @Override
            public Object call(String called, List<Object> arguments) {
              return torch.call(called, arguments);
            }

            @Override
            public Object stored(Object id) {
              return torch.storage(id);
            }
          });
    } catch (NoSuchFileException e) {
      throw new CheckpointException("%s: there is no such file".formatted(file), e);
    } catch (ArithmeticException e) {
      throw new CheckpointException(
          "%s: a tensor has more numbers than a file can hold; the file is damaged".formatted(file),
          e);
    } catch (ZipException | IllegalArgumentException e) {
      throw new CheckpointException(
          "%s: expected the zip file that torch.save writes since version 1.6, found another or a damaged one: %s"
              .formatted(file, e.getMessage()),
          e);
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be read: %s".formatted(file, e), e);
    }
  }

  /** Whether a value of {@link #read} is Python's None. */
  public static boolean isNone(@Nullable Object value) {
    return value == Pickle.NONE;
  }

  private static ZipEntry pickle(Path file, ZipFile zip) {
    List<? extends ZipEntry> found =
        Collections.list(zip.entries()).stream()
            .filter(entry -> entry.getName().endsWith(PICKLE))
            .toList();
    if (found.size() != 1) {
      throw new CheckpointException(
          "%s: expected one data.pkl, as torch.save writes it, found %s"
              .formatted(file, found.size()));
    }
    return found.get(0);
  }

  /** All of an entry; torch does not compress, so that the file cannot be smaller. */
  private byte[] bytes(ZipEntry entry) throws IOException {
    long size = entry.getSize();
    if (size < 0 || size > Files.size(file) || size > Integer.MAX_VALUE - 8) {
      throw new CheckpointException(
          "%s: '%s' would be %s bytes in a file of %s; expected at most 2 GiB, uncompressed as torch writes it"
              .formatted(file, entry.getName(), size, Files.size(file)));
    }
    try (InputStream stream = zip.getInputStream(entry)) {
      byte[] bytes = stream.readNBytes((int) size);
      if (bytes.length < size) {
        throw new CheckpointException(
            "%s: '%s' is damaged: expected %s bytes, found %s"
                .formatted(file, entry.getName(), size, bytes.length));
      }
      return bytes;
    }
  }

  /** A storage: {@code ('storage', type, key, device, length)}. */
  private Object storage(Object id) {
    if (!(id instanceof List<?> parts)
        || parts.size() != 5
        || !"storage".equals(parts.get(0))
        || !(parts.get(2) instanceof String key)
        || !(parts.get(4) instanceof Long length)) {
      throw new CheckpointException(
          "%s: expected a storage of torch, found %s".formatted(file, id));
    }
    DType dtype = TYPES.get(String.valueOf(parts.get(1)));
    if (dtype == null) {
      throw new CheckpointException(
          "%s: numbers of %s cannot be read here; expected one of %s"
              .formatted(file, parts.get(1), TYPES.keySet().stream().sorted().toList()));
    }
    return storages.computeIfAbsent(key, any -> storage(key, dtype, length));
  }

  private Storage storage(String key, DType dtype, long length) {
    String name = prefix + "data/" + key;
    ZipEntry entry = zip.getEntry(name);
    if (entry == null || entry.getSize() != Math.multiplyExact(length, dtype.bytes())) {
      throw new CheckpointException(
          "%s: expected %s numbers (%s) in '%s', found %s"
              .formatted(
                  file,
                  length,
                  dtype,
                  name,
                  entry == null ? "no such entry" : entry.getSize() + " bytes"));
    }
    try {
      return new Storage(dtype, bytes(entry));
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be read: %s".formatted(file, e), e);
    }
  }

  private Object call(String name, List<Object> arguments) {
    if (name.equals("torch._utils._rebuild_tensor_v2") && arguments.size() >= 4) {
      return tensor(
          (Storage) arguments.get(0),
          (Long) arguments.get(1),
          lengths(arguments.get(2)),
          lengths(arguments.get(3)));
    }
    if (name.equals("torch._utils._rebuild_parameter") && !arguments.isEmpty()) {
      return arguments.get(0);
    }
    throw new CheckpointException(
        "%s: it calls %s, which could be any program, so it is not run; expected tensors, numbers and texts in dictionaries (in Python: torch.save(module.state_dict(), file))"
            .formatted(file, name));
  }

  private static long[] lengths(Object list) {
    return ((List<?>) list).stream().mapToLong(each -> (Long) each).toArray();
  }

  /** Copies the numbers in the order of the shape, whatever the strides. */
  private Tensor tensor(Storage storage, long offset, long[] shape, long[] strides) {
    long size = 1;
    long last = offset;
    for (int i = 0; i < shape.length; i++) {
      size = Math.multiplyExact(size, shape[i]);
      last += Math.multiplyExact(Math.max(0, shape[i] - 1), strides[i]);
    }
    int width = storage.dtype.bytes();
    if (offset < 0
        || strides.length != shape.length
        || size < 0
        || Math.multiplyExact(size, width)
            > storage.bytes.length // Repeated numbers could fill the memory.
        || (size > 0 && (last + 1) * width > storage.bytes.length)) {
      throw new CheckpointException(
          "%s: a tensor does not fit into its numbers; the file is damaged".formatted(file));
    }
    byte[] bytes = new byte[(int) size * width];
    long[] index = new long[shape.length];
    for (int i = 0; i < size; i++) {
      long from = offset;
      for (int axis = 0; axis < shape.length; axis++) {
        from += index[axis] * strides[axis];
      }
      System.arraycopy(storage.bytes, (int) from * width, bytes, i * width, width);
      for (int axis = shape.length - 1; axis >= 0 && ++index[axis] == shape[axis]; axis--) {
        index[axis] = 0;
      }
    }
    return Tensor.ofBytes(storage.dtype, ByteBuffer.wrap(bytes), shape);
  }
}
