package org.nnsight4j.harvest.internal.format;

import com.google.flatbuffers.FlatBufferBuilder;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.List;
import org.apache.arrow.flatbuf.Buffer;
import org.apache.arrow.flatbuf.FieldNode;
import org.apache.arrow.flatbuf.Message;
import org.apache.arrow.flatbuf.MessageHeader;
import org.apache.arrow.flatbuf.MetadataVersion;
import org.apache.arrow.flatbuf.RecordBatch;

/**
 * A file in Arrow's streaming format with one batch of records, without nulls: a message with the
 * schema, one with the batch and its buffers, and the end.
 */
final class ArrowStream {
  private static final int CONTINUATION = -1;
  private static final int ALIGNMENT = 64;

  /** The buffers of a batch in order, and how long each of its arrays is. */
  static final class Batch {
    private final List<Long> lengths = new ArrayList<>();
    private final List<ByteBuffer> buffers = new ArrayList<>();

    /** Begins an array; it has no buffer of nulls. */
    void array(long length) {
      lengths.add(length);
      buffers.add(ByteBuffer.allocate(0));
    }

    void buffer(ByteBuffer bytes) {
      buffers.add(bytes);
    }
  }

  private ArrowStream() {}

  /** Writes a file and forces it to disk. */
  static void write(Path file, int rows, FlatBufferBuilder schema, Batch batch) throws IOException {
    try (FileChannel channel =
        FileChannel.open(file, StandardOpenOption.CREATE_NEW, StandardOpenOption.WRITE)) {
      message(channel, schema.dataBuffer());
      message(channel, header(rows, batch));
      for (ByteBuffer buffer : batch.buffers) {
        all(channel, buffer.duplicate());
        all(channel, ByteBuffer.allocate(padding(buffer.remaining(), ALIGNMENT)));
      }
      all(channel, prefix(0));
      channel.force(true);
    }
  }

  private static ByteBuffer header(int rows, Batch batch) {
    FlatBufferBuilder builder = new FlatBufferBuilder();
    RecordBatch.startNodesVector(builder, batch.lengths.size());
    for (int i = batch.lengths.size() - 1; i >= 0; i--) {
      FieldNode.createFieldNode(builder, batch.lengths.get(i), 0);
    }
    int nodes = builder.endVector();
    long[] offsets = new long[batch.buffers.size() + 1];
    for (int i = 0; i < batch.buffers.size(); i++) {
      int size = batch.buffers.get(i).remaining();
      offsets[i + 1] = offsets[i] + size + padding(size, ALIGNMENT);
    }
    RecordBatch.startBuffersVector(builder, batch.buffers.size());
    for (int i = batch.buffers.size() - 1; i >= 0; i--) {
      Buffer.createBuffer(builder, offsets[i], batch.buffers.get(i).remaining());
    }
    int buffers = builder.endVector();
    RecordBatch.startRecordBatch(builder);
    RecordBatch.addLength(builder, rows);
    RecordBatch.addNodes(builder, nodes);
    RecordBatch.addBuffers(builder, buffers);
    int record = RecordBatch.endRecordBatch(builder);
    Message.finishMessageBuffer(
        builder,
        Message.createMessage(
            builder,
            MetadataVersion.V5,
            MessageHeader.RecordBatch,
            record,
            offsets[batch.buffers.size()],
            0));
    return builder.dataBuffer();
  }

  private static void message(FileChannel channel, ByteBuffer metadata) throws IOException {
    // The body begins at a multiple of its alignment, as readers that map the file like it.
    int padded = metadata.remaining() + padding(metadata.remaining() + 8, 8);
    int more = padding(Math.toIntExact(channel.position()) + 8 + padded, ALIGNMENT);
    all(channel, prefix(padded + more));
    int size = metadata.remaining();
    all(channel, metadata.duplicate());
    all(channel, ByteBuffer.allocate(padded + more - size));
  }

  private static ByteBuffer prefix(int size) {
    return ByteBuffer.allocate(8)
        .order(ByteOrder.LITTLE_ENDIAN)
        .putInt(CONTINUATION)
        .putInt(size)
        .flip();
  }

  private static int padding(int size, int alignment) {
    return (alignment - size % alignment) % alignment;
  }

  private static void all(FileChannel channel, ByteBuffer bytes) throws IOException {
    while (bytes.hasRemaining()) {
      channel.write(bytes);
    }
  }

  /** The buffers of the batch of a file that {@link #write} wrote. */
  static List<ByteBuffer> read(Path file) throws IOException {
    ByteBuffer bytes =
        ByteBuffer.wrap(java.nio.file.Files.readAllBytes(file)).order(ByteOrder.LITTLE_ENDIAN);
    while (bytes.remaining() >= 8 && bytes.getInt() == CONTINUATION) {
      int size = bytes.getInt();
      ByteBuffer metadata = bytes.slice(bytes.position(), size).order(ByteOrder.LITTLE_ENDIAN);
      bytes.position(bytes.position() + size);
      Message message = Message.getRootAsMessage(metadata);
      if (message.headerType() == MessageHeader.RecordBatch) {
        RecordBatch batch = (RecordBatch) message.header(new RecordBatch());
        List<ByteBuffer> buffers = new ArrayList<>();
        for (int i = 0; batch != null && i < batch.buffersLength(); i++) {
          Buffer place = batch.buffers(i);
          buffers.add(
              bytes.slice(
                  bytes.position() + Math.toIntExact(place.offset()),
                  Math.toIntExact(place.length())));
        }
        return buffers;
      }
    }
    throw new IOException(file + " has no batch of records");
  }
}
