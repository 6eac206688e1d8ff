package org.nnsight4j.tensor;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.LongStream;
import org.nnsight4j.error.ShapeException;

/**
 * Numbers on the host: a shape, a data type and the elements in row-major order. Immutable.
 *
 * <p>Its own methods take parts, copy numbers into Java's arrays and compare. Every operation of a
 * {@link org.nnsight4j.values.Value} is there too, without a model: {@code
 * Eager.of(tensor).softmax(-1).topK(5, -1)} computes at once ({@code org.nnsight4j.Eager}).
 *
 * <p>Element counts are bounded by {@link Integer#MAX_VALUE} bytes.
 */
public final class Tensor {
  private final DType dtype;
  private final long[] shape;
  private final ByteBuffer data;

  private Tensor(DType dtype, long[] shape, ByteBuffer data) {
    this.dtype = dtype;
    this.shape = shape;
    this.data = data;
  }

  /**
   * A tensor over little-endian bytes, which are not copied and must not change afterwards.
   *
   * @throws IllegalArgumentException if the number of bytes is not that of the shape
   */
  public static Tensor ofBytes(DType dtype, ByteBuffer data, long... shape) {
    long expected = Math.multiplyExact(count(shape), dtype.bytes());
    if (data.remaining() != expected) {
      throw new IllegalArgumentException(
          "a %s tensor of shape %s has %s bytes, found %s"
              .formatted(dtype, Arrays.toString(shape), expected, data.remaining()));
    }
    return new Tensor(dtype, shape.clone(), data.slice().order(ByteOrder.LITTLE_ENDIAN));
  }

  /**
   * A tensor of numbers in row-major order.
   *
   * @param shape the length of each axis; none makes a tensor without axes, with one number
   * @throws IllegalArgumentException if the shape has another number of elements
   */
  public static Tensor of(float[] values, long... shape) {
    ByteBuffer bytes = allocate(values.length, DType.FLOAT32, shape);
    bytes.asFloatBuffer().put(values);
    return ofBytes(DType.FLOAT32, bytes, shape);
  }

  /** Like {@link #of(float[], long...)}. */
  public static Tensor of(double[] values, long... shape) {
    ByteBuffer bytes = allocate(values.length, DType.FLOAT64, shape);
    bytes.asDoubleBuffer().put(values);
    return ofBytes(DType.FLOAT64, bytes, shape);
  }

  /** Like {@link #of(float[], long...)}. */
  public static Tensor of(long[] values, long... shape) {
    ByteBuffer bytes = allocate(values.length, DType.INT64, shape);
    bytes.asLongBuffer().put(values);
    return ofBytes(DType.INT64, bytes, shape);
  }

  /** Like {@link #of(float[], long...)}. */
  public static Tensor of(boolean[] values, long... shape) {
    ByteBuffer bytes = allocate(values.length, DType.BOOL, shape);
    for (int i = 0; i < values.length; i++) {
      bytes.put(i, (byte) (values[i] ? 1 : 0));
    }
    return ofBytes(DType.BOOL, bytes, shape);
  }

  /** A BFLOAT16 tensor of numbers that this type can represent exactly; others are truncated. */
  public static Tensor ofBfloat16(float[] values, long... shape) {
    ByteBuffer bytes = allocate(values.length, DType.BFLOAT16, shape);
    for (int i = 0; i < values.length; i++) {
      bytes.putShort(i * 2, (short) (Float.floatToRawIntBits(values[i]) >>> 16));
    }
    return ofBytes(DType.BFLOAT16, bytes, shape);
  }

  /** A tensor without axes. */
  public static Tensor scalar(float value) {
    return of(new float[] {value});
  }

  private static ByteBuffer allocate(int elements, DType dtype, long[] shape) {
    if (count(shape) != elements) {
      throw new IllegalArgumentException(
          shape.length == 0
              ? "%s numbers need a shape, as in Tensor.of(numbers, %1$s); without one there is one number"
                  .formatted(elements)
              : "the shape %s has %s elements, found %s numbers"
                  .formatted(Arrays.toString(shape), count(shape), elements));
    }
    return ByteBuffer.allocate(Math.multiplyExact(elements, dtype.bytes()))
        .order(ByteOrder.LITTLE_ENDIAN);
  }

  public DType dtype() {
    return dtype;
  }

  public long[] shape() {
    return shape.clone();
  }

  /** The length of one axis; negative axes count from the end. */
  public long shape(int axis) {
    return shape[axis < 0 ? shape.length + axis : axis];
  }

  public int rank() {
    return shape.length;
  }

  /** The number of elements. */
  public int size() {
    return data.capacity() / dtype.bytes();
  }

  /** The bytes, little-endian, row-major, read-only. */
  public ByteBuffer bytes() {
    return data.asReadOnlyBuffer().order(ByteOrder.LITTLE_ENDIAN);
  }

  /**
   * One element by its index in row-major order, widened to double.
   *
   * @throws IllegalStateException if it is an integer that no double represents; use {@link
   *     #toLongArray}
   */
  public double at(int flatIndex) {
    double wide = wide(flatIndex);
    if (dtype == DType.INT64 && (wide == 0x1p63 || (long) wide != data.getLong(flatIndex * 8))) {
      throw new IllegalStateException(
          "element %s of this %s is %s, which no double is; use toLongArray()"
              .formatted(flatIndex, header(), data.getLong(flatIndex * 8)));
    }
    return wide;
  }

  private double wide(int flatIndex) {
    return switch (dtype) {
      case FLOAT64 -> data.getDouble(flatIndex * 8);
      case FLOAT32 -> data.getFloat(flatIndex * 4);
      case FLOAT16 -> HalfFloats.fromHalf(data.getShort(flatIndex * 2));
      case BFLOAT16 -> HalfFloats.fromBfloat16(data.getShort(flatIndex * 2));
      case INT64 -> data.getLong(flatIndex * 8);
      case INT32 -> data.getInt(flatIndex * 4);
      case BOOL -> data.get(flatIndex);
    };
  }

  /**
   * One element by its indices; negative indices count from the end of their axis.
   *
   * @throws IndexOutOfBoundsException if there is no such element
   */
  public double get(long... indices) {
    return at(flatIndex(indices));
  }

  /**
   * A part, copied, with an index as in DJL's NDArray and NumPy: {@code get("0, :, -1")}. Ranges
   * are not clamped.
   *
   * @throws org.nnsight4j.error.ShapeException if the text is no index, or is outside the shape
   */
  public Tensor get(String index) {
    return TensorPart.of(this, Slice.parse(index));
  }

  /**
   * A part, copied, with a typed index: {@code get(Slice.all(), Slice.at(-1))}.
   *
   * @throws org.nnsight4j.error.ShapeException if the index is outside the shape
   */
  public Tensor get(Slice first, Slice... more) {
    List<Slice> index = new ArrayList<>(List.of(first));
    index.addAll(Arrays.asList(more));
    return TensorPart.of(this, index);
  }

  /** The parts of the first axis, in order: the rows of a matrix, the numbers of a vector. */
  public List<Tensor> rows() {
    checkRank("rows()", rank() > 0, "one axis at least");
    return LongStream.range(0, shape[0]).mapToObj(row -> get(Slice.at(row))).toList();
  }

  /** The same numbers in another shape; one length may be -1. */
  public Tensor reshape(long... lengths) {
    long known =
        Arrays.stream(lengths).filter(length -> length >= 0).reduce(1, Math::multiplyExact);
    long[] full = lengths.clone();
    long free = Arrays.stream(lengths).filter(length -> length < 0).count();
    for (int i = 0; i < full.length; i++) {
      full[i] = full[i] == -1 && free == 1 && known > 0 ? size() / known : full[i];
    }
    if (Arrays.stream(full).anyMatch(length -> length < 0) || count(full) != size()) {
      throw new ShapeException(
          "%s has %s elements and cannot be reshaped to %s"
              .formatted(Arrays.toString(shape), size(), Arrays.toString(lengths)));
    }
    return new Tensor(dtype, full, data);
  }

  /** The only element of a tensor of size 1. */
  public double item() {
    if (size() != 1) {
      throw new IllegalStateException("item() needs one element, this is " + header());
    }
    return at(0);
  }

  /** All elements in row-major order, each the nearest float. */
  public float[] toFloatArray() {
    float[] values = new float[size()];
    if (dtype == DType.FLOAT32) {
      data.asFloatBuffer().get(0, values);
    } else {
      for (int i = 0; i < values.length; i++) {
        values[i] = (float) wide(i);
      }
    }
    return values;
  }

  /** All elements in row-major order, each the nearest double. */
  public double[] toDoubleArray() {
    double[] values = new double[size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = wide(i);
    }
    return values;
  }

  /**
   * All elements in row-major order.
   *
   * @throws IllegalStateException if the data type is a floating-point one
   */
  public long[] toLongArray() {
    if (dtype.isFloating()) {
      throw new IllegalStateException(
          "toLongArray() needs integers or truth values, this is " + header());
    }
    long[] values = new long[size()];
    for (int i = 0; i < values.length; i++) {
      values[i] = integer(i);
    }
    return values;
  }

  /**
   * The rows of a matrix, each number the nearest double.
   *
   * @throws IllegalStateException if there are not two axes
   */
  public double[][] toDoubleMatrix() {
    checkRank("toDoubleMatrix()", rank() == 2, "two axes");
    double[] all = toDoubleArray();
    double[][] matrix = new double[(int) shape[0]][];
    for (int row = 0; row < matrix.length; row++) {
      matrix[row] = Arrays.copyOfRange(all, row * (int) shape[1], (row + 1) * (int) shape[1]);
    }
    return matrix;
  }

  /**
   * The rows of a matrix, each number the nearest float.
   *
   * @throws IllegalStateException if there are not two axes
   */
  public float[][] toFloatMatrix() {
    checkRank("toFloatMatrix()", rank() == 2, "two axes");
    float[] all = toFloatArray();
    float[][] matrix = new float[(int) shape[0]][];
    for (int row = 0; row < matrix.length; row++) {
      matrix[row] = Arrays.copyOfRange(all, row * (int) shape[1], (row + 1) * (int) shape[1]);
    }
    return matrix;
  }

  /**
   * The rows of a matrix of integers or truth values.
   *
   * @throws IllegalStateException if there are not two axes, or the data type is a floating-point
   *     one
   */
  public long[][] toLongMatrix() {
    checkRank("toLongMatrix()", rank() == 2, "two axes");
    long[] all = toLongArray();
    long[][] matrix = new long[(int) shape[0]][];
    for (int row = 0; row < matrix.length; row++) {
      matrix[row] = Arrays.copyOfRange(all, row * (int) shape[1], (row + 1) * (int) shape[1]);
    }
    return matrix;
  }

  private void checkRank(String method, boolean fits, String wanted) {
    if (!fits) {
      throw new IllegalStateException(
          "%s needs %s, this is %s; take a part with get(...), or reshape(...)"
              .formatted(method, wanted, header()));
    }
  }

  /**
   * The largest distance between two numbers at the same place; NaN if exactly one of two is NaN,
   * and 0 for equal infinities.
   *
   * @throws IllegalArgumentException if the shapes differ
   */
  public double largestDifference(Tensor other) {
    if (!Arrays.equals(shape, other.shape)) {
      throw new IllegalArgumentException(
          "tensors of one shape can be compared, these are %s and %s"
              .formatted(header(), other.header()));
    }
    double largest = 0;
    for (int i = 0; i < size(); i++) {
      double one = wide(i);
      double two = other.wide(i);
      boolean same = one == two || (Double.isNaN(one) && Double.isNaN(two));
      largest = same ? largest : Math.max(largest, Math.abs(one - two));
    }
    return largest;
  }

  /**
   * Whether no number is further from the other's than {@code absolute + relative * |other|}, as in
   * PyTorch's {@code allclose}; the data types may differ.
   *
   * @throws IllegalArgumentException if the shapes differ
   */
  public boolean isClose(Tensor other, double relative, double absolute) {
    double far = largestDifference(other);
    if (far <= absolute) {
      return true;
    }
    for (int i = 0; i < size(); i++) {
      double one = wide(i);
      double two = other.wide(i);
      boolean same = one == two || (Double.isNaN(one) && Double.isNaN(two));
      if (!same && !(Math.abs(one - two) <= absolute + relative * Math.abs(two))) {
        return false;
      }
    }
    return true;
  }

  /** An element of integers or truth values, exactly. */
  long integer(int flatIndex) {
    return dtype == DType.INT64 ? data.getLong(flatIndex * 8) : (long) wide(flatIndex);
  }

  private int flatIndex(long[] indices) {
    if (indices.length != shape.length) {
      throw new IndexOutOfBoundsException(
          "%s indices for a tensor of shape %s".formatted(indices.length, Arrays.toString(shape)));
    }
    long flat = 0;
    for (int axis = 0; axis < shape.length; axis++) {
      long index = indices[axis] < 0 ? indices[axis] + shape[axis] : indices[axis];
      if (index < 0 || index >= shape[axis]) {
        throw new IndexOutOfBoundsException(
            "index %s of axis %s is outside the shape %s"
                .formatted(indices[axis], axis, Arrays.toString(shape)));
      }
      flat = flat * shape[axis] + index;
    }
    return (int) flat;
  }

  private static long count(long[] shape) {
    long count = 1;
    for (long length : shape) {
      if (length < 0) {
        throw new IllegalArgumentException("negative length in " + Arrays.toString(shape));
      }
      count = Math.multiplyExact(count, length);
    }
    return count;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof Tensor tensor
        && dtype == tensor.dtype
        && Arrays.equals(shape, tensor.shape)
        && data.equals(tensor.data);
  }

  @Override
  public int hashCode() {
    return 31 * (31 * dtype.hashCode() + Arrays.hashCode(shape)) + data.hashCode();
  }

  /** Shape and data type, as in {@code Tensor[1, 8, 128] FLOAT32}. */
  public String header() {
    return "Tensor" + Arrays.toString(shape) + " " + dtype;
  }

  /**
   * Shape, data type and numbers, written as PyTorch writes them; of more than 1000 numbers, the
   * first and last three of each axis.
   */
  @Override
  public String toString() {
    String numbers = TensorText.of(this);
    return header() + (numbers.contains("\n") ? "\n" : " ") + numbers;
  }
}
