package org.nnsight4j.internal.run;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/**
 * Keeps numbers in a file, so that results may be larger than the heap. The first few stay on the
 * heap, because most runs save little. Where the system allows it, the file has no name once it is
 * open, so that nothing is left of it, however the process ends.
 */
public final class ShelfFile implements Shelf, AutoCloseable {
  private static final long ON_THE_HEAP = 32 << 20;
  private static final int SEGMENT = 16 << 20;
  private static final int PIECE = 1 << 20;

  private final Path file;
  private @Nullable FileChannel channel;
  private long heap;
  private long end;

  /** Small tensors share a part of the file, which is written before it is mapped. */
  private ByteBuffer segment = ByteBuffer.allocate(0);

  /**
   * Starts empty, and without a file.
   *
   * @param file a name that is not in use
   */
  public ShelfFile(Path file) {
    this.file = file;
  }

  @Override
  public Tensor keep(DType dtype, ByteBuffer numbers, long... shape) {
    int bytes = numbers.remaining();
    if (heap + bytes <= ON_THE_HEAP) {
      heap += bytes;
      return HEAP.keep(dtype, numbers, shape);
    }
    try {
      return Tensor.ofBytes(dtype, bytes < SEGMENT / 4 ? small(numbers) : large(numbers), shape);
    } catch (IOException e) {
      throw new RunException(
          "what the run saves cannot be kept on the disk: %s".formatted(e.getMessage()), e);
    }
  }

  private ByteBuffer small(ByteBuffer numbers) throws IOException {
    if (segment.remaining() < numbers.remaining()) {
      // Written, not only mapped: a full disk causes an exception when writing, but would end the
      // JVM when mapped.
      long begin = end;
      append(ByteBuffer.allocateDirect(SEGMENT));
      segment = open().map(FileChannel.MapMode.READ_WRITE, begin, SEGMENT);
    }
    int begin = segment.position();
    segment.put(numbers);
    return segment.slice(begin, segment.position() - begin);
  }

  private ByteBuffer large(ByteBuffer numbers) throws IOException {
    long begin = end;
    int bytes = numbers.remaining();
    append(numbers);
    return open().map(FileChannel.MapMode.READ_ONLY, begin, bytes);
  }

  private void append(ByteBuffer bytes) throws IOException {
    int limit = bytes.limit();
    while (bytes.position() < limit) {
      bytes.limit(Math.min(limit, bytes.position() + PIECE));
      end += open().write(bytes, end);
    }
  }

  private FileChannel open() throws IOException {
    if (channel == null) {
      channel =
          FileChannel.open(
              file,
              StandardOpenOption.CREATE_NEW,
              StandardOpenOption.READ,
              StandardOpenOption.WRITE,
              StandardOpenOption.DELETE_ON_CLOSE);
    }
    return channel;
  }

  /** Frees the disk, although parts may stay mapped until they are unreachable. */
  @Override
  public void close() {
    FileChannel open = channel;
    if (open != null) {
      try (open) {
        open.truncate(0);
      } catch (IOException e) {
        throw new RunException("%s cannot be closed: %s".formatted(file, e.getMessage()), e);
      }
    }
  }
}
