package org.nnsight4j.checkpoint;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.DType;

/**
 * Where one tensor is stored; none of its numbers have been read.
 *
 * @param file the safetensors file
 * @param name the name in that file
 * @param dtype the data type as the format names it, for example {@code BF16}
 * @param shape the length of each axis
 * @param offset the first byte, counted from the start of the file
 * @param byteLength the number of bytes
 */
@SuppressWarnings("ArrayRecordComponent") // Arrays are copied in and out, and compared by content.
public record TensorEntry(
    Path file, String name, String dtype, long[] shape, long offset, long byteLength) {
  public TensorEntry {
    shape = shape.clone();
  }

  @Override
  public long[] shape() {
    return shape.clone();
  }

  /**
   * The data type to load it as.
   *
   * @throws CheckpointException if the format has this type, but nnsight4j does not compute with it
   */
  public DType loadableType() {
    for (DType type : DType.values()) {
      if (type.safetensorsName().equals(dtype)) {
        return type;
      }
    }
    throw new CheckpointException(
        "%s: tensor \"%s\" has data type %s, expected one of %s; convert the checkpoint to one of them"
            .formatted(file, name, dtype, loadable()));
  }

  private static String loadable() {
    return String.join(", ", Arrays.stream(DType.values()).map(DType::safetensorsName).toList());
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof TensorEntry entry
        && file.equals(entry.file)
        && name.equals(entry.name)
        && dtype.equals(entry.dtype)
        && Arrays.equals(shape, entry.shape)
        && offset == entry.offset
        && byteLength == entry.byteLength;
  }

  @Override
  public int hashCode() {
    return Objects.hash(file, name, dtype, Arrays.hashCode(shape), offset, byteLength);
  }

  @Override
  public String toString() {
    return "%s %s%s at %s..%s of %s"
        .formatted(name, dtype, Arrays.toString(shape), offset, offset + byteLength, file);
  }
}
