package org.nnsight4j.internal.toolfile;

import java.io.ByteArrayOutputStream;
import java.io.DataOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.zip.CRC32;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/**
 * Writes files that {@code torch.load(..., weights_only=True)} reads: tensors, integers and texts
 * in dictionaries and lists. The same content gives the same bytes.
 */
public final class TorchWriter {
  private static final String ROOT = "archive/";
  private static final Map<DType, String> TYPES =
      Map.of(
          DType.FLOAT64, "DoubleStorage",
          DType.FLOAT32, "FloatStorage",
          DType.FLOAT16, "HalfStorage",
          DType.BFLOAT16, "BFloat16Storage",
          DType.INT64, "LongStorage",
          DType.INT32, "IntStorage",
          DType.BOOL, "BoolStorage");

  private final ByteArrayOutputStream bytes = new ByteArrayOutputStream();
  private final DataOutputStream pickle = new DataOutputStream(bytes);
  private final List<Tensor> tensors = new ArrayList<>();

  private TorchWriter() {}

  /**
   * Writes a file.
   *
   * @param content a Map, List, {@link Tensor}, Integer, Long or String
   */
  public static void write(Path file, Object content) throws IOException {
    TorchWriter writer = new TorchWriter();
    writer.pickle.writeShort(0x8002);
    writer.value(content);
    writer.pickle.write('.');
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      entry(zip, "data.pkl", writer.bytes.toByteArray());
      entry(zip, "byteorder", "little".getBytes(StandardCharsets.UTF_8));
      for (int i = 0; i < writer.tensors.size(); i++) {
        ByteBuffer numbers = writer.tensors.get(i).bytes();
        byte[] copy = new byte[numbers.remaining()];
        numbers.get(copy);
        entry(zip, "data/" + i, copy);
      }
      entry(zip, "version", "3\n".getBytes(StandardCharsets.UTF_8));
    }
  }

  /** Uncompressed, as torch needs it, and without a time. */
  private static void entry(ZipOutputStream zip, String name, byte[] content) throws IOException {
    CRC32 sum = new CRC32();
    sum.update(content);
    ZipEntry entry = new ZipEntry(ROOT + name);
    entry.setMethod(ZipEntry.STORED);
    entry.setTime(0);
    entry.setSize(content.length);
    entry.setCrc(sum.getValue());
    zip.putNextEntry(entry);
    zip.write(content);
    zip.closeEntry();
  }

  private void value(Object value) throws IOException {
    if (value instanceof Tensor tensor) {
      tensor(tensor);
    } else if (value instanceof String text) {
      text(text);
    } else if (value instanceof Integer || value instanceof Long) {
      integer(((Number) value).longValue());
    } else if (value instanceof List<?> list) {
      codes("](");
      for (Object each : list) {
        value(each);
      }
      pickle.write('e');
    } else if (value instanceof Map<?, ?> map) {
      codes("}(");
      for (Map.Entry<?, ?> each : map.entrySet()) {
        value(each.getKey());
        value(each.getValue());
      }
      pickle.write('u');
    } else {
      throw new IllegalArgumentException(
          "expected a tensor, an integer, a text, a list or a map, found a "
              + value.getClass().getSimpleName());
    }
  }

  /** Operations, and names in ASCII. */
  private void codes(String ascii) throws IOException {
    pickle.write(ascii.getBytes(StandardCharsets.US_ASCII));
  }

  private void text(String text) throws IOException {
    byte[] utf8 = text.getBytes(StandardCharsets.UTF_8);
    pickle.write('X');
    pickle.writeInt(Integer.reverseBytes(utf8.length));
    pickle.write(utf8);
  }

  private void integer(long value) throws IOException {
    if (value == (int) value) {
      pickle.write('J');
      pickle.writeInt(Integer.reverseBytes((int) value));
    } else {
      pickle.write(0x8a);
      pickle.write(Long.BYTES);
      pickle.writeLong(Long.reverseBytes(value));
    }
  }

  private void tensor(Tensor tensor) throws IOException {
    codes("ctorch._utils\n_rebuild_tensor_v2\n((");
    text("storage");
    codes("ctorch\n" + TYPES.get(tensor.dtype()) + "\n");
    text(String.valueOf(tensors.size()));
    text("cpu");
    integer(tensor.size());
    codes("tQ");
    integer(0);
    long[] strides = new long[tensor.rank()];
    long next = 1;
    for (int axis = strides.length - 1; axis >= 0; axis--) {
      strides[axis] = next;
      next *= tensor.shape(axis);
    }
    lengths(tensor.shape());
    lengths(strides);
    pickle.write(0x89);
    codes("ccollections\nOrderedDict\n)RtR");
    tensors.add(tensor);
  }

  private void lengths(long[] lengths) throws IOException {
    pickle.write('(');
    for (long each : lengths) {
      integer(each);
    }
    pickle.write('t');
  }
}
