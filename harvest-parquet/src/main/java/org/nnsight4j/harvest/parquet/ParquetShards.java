package org.nnsight4j.harvest.parquet;

import com.google.auto.service.AutoService;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.io.api.Binary;
import org.apache.parquet.schema.MessageType;
import org.nnsight4j.error.RunException;
import org.nnsight4j.harvest.job.HarvestJob;
import org.nnsight4j.harvest.job.ShardColumn;
import org.nnsight4j.harvest.job.ShardContents;
import org.nnsight4j.harvest.job.ShardFormat;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/**
 * Shards as Parquet, one row for each token, or for each text if all columns are of texts: numbers,
 * and lists of them. Not compressed, as activations hardly are.
 */
@AutoService(ShardFormat.class)
public final class ParquetShards implements ShardFormat {
  @Override
  public String name() {
    return "parquet";
  }

  @Override
  public String extension() {
    return "parquet";
  }

  @Override
  public void check(HarvestJob.Spec spec) {
    ShardColumn.Per per = spec.columns().get(0).per();
    for (ShardColumn column : spec.columns()) {
      if (column.per() != per) {
        throw new RunException(
            "parquet: a table has rows of tokens or of texts, found '%s' and '%s'; make two harvests, or write safetensors"
                .formatted(spec.columns().get(0), column));
      }
      if (column.shape().size() > 1 || column.dtype() == DType.BFLOAT16) {
        throw new RunException(
            "parquet: expected a number or a vector, and no BFLOAT16, found %s".formatted(column));
      }
    }
  }

  @Override
  public void write(
      Path file, HarvestJob.Spec spec, ShardContents shard, Map<String, String> metadata)
      throws IOException {
    MessageType schema = ParquetSchema.of(spec);
    List<ShardColumn> columns = ParquetSchema.columns(spec);
    List<Tensor> tensors = new ArrayList<>();
    for (ShardColumn column : columns) {
      tensors.add(Objects.requireNonNull(shard.all().get(column.name()), column.name()));
    }
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file))
            .withConf(new PlainParquetConfiguration())
            .withType(schema)
            .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
            .withExtraMetaData(metadata)
            .build()) {
      int rows = tensors.get(0).size();
      for (int row = 0; row < rows; row++) {
        Group group = new SimpleGroup(schema);
        for (int i = 0; i < columns.size(); i++) {
          add(group, columns.get(i), tensors.get(i), row);
        }
        writer.write(group);
      }
    }
    try (FileChannel channel = FileChannel.open(file, StandardOpenOption.WRITE)) {
      channel.force(true);
    }
  }

  private static void add(Group group, ShardColumn column, Tensor tensor, int row) {
    int width = Math.toIntExact(column.width());
    if (column.shape().isEmpty()) {
      number(group, column.name(), column.dtype(), tensor, row);
      return;
    }
    Group list = group.addGroup(column.name());
    for (int i = 0; i < width; i++) {
      number(
          list.addGroup(ParquetSchema.LIST),
          ParquetSchema.ELEMENT,
          column.dtype(),
          tensor,
          row * width + i);
    }
  }

  private static void number(Group group, String name, DType type, Tensor tensor, int index) {
    ByteBuffer bytes = tensor.bytes();
    int place = index * type.bytes();
    switch (type) {
      case FLOAT64 -> group.add(name, bytes.getDouble(place));
      case FLOAT32 -> group.add(name, bytes.getFloat(place));
      case FLOAT16 ->
          group.add(
              name,
              Binary.fromConstantByteArray(new byte[] {bytes.get(place), bytes.get(place + 1)}));
      case INT64 -> group.add(name, bytes.getLong(place));
      case INT32 -> group.add(name, bytes.getInt(place));
      case BOOL -> group.add(name, bytes.get(place) != 0);
      case BFLOAT16 -> throw new IllegalArgumentException("no column of Parquet is BFLOAT16");
    }
  }

  @Override
  public Map<String, Tensor> read(Path file, HarvestJob.Spec spec) throws IOException {
    List<ShardColumn> columns = ParquetSchema.columns(spec);
    try (ParquetFileReader reader =
        ParquetFileReader.open(
            new LocalInputFile(file),
            ParquetReadOptions.builder(new PlainParquetConfiguration()).build())) {
      MessageType schema = reader.getFileMetaData().getSchema();
      int rows = Math.toIntExact(reader.getRecordCount());
      Map<String, ByteBuffer> numbers = new LinkedHashMap<>();
      for (ShardColumn column : columns) {
        int size = Math.toIntExact(rows * column.width() * column.dtype().bytes());
        numbers.put(column.name(), ByteBuffer.allocate(size).order(ByteOrder.LITTLE_ENDIAN));
      }
      for (var pages = reader.readNextRowGroup();
          pages != null;
          pages = reader.readNextRowGroup()) {
        RecordReader<Group> records =
            new ColumnIOFactory()
                .getColumnIO(schema)
                .getRecordReader(pages, new GroupRecordConverter(schema));
        for (long row = 0; row < pages.getRowCount(); row++) {
          take(records.read(), columns, numbers);
        }
      }
      Map<String, Tensor> tensors = new LinkedHashMap<>();
      for (ShardColumn column : columns) {
        long[] shape =
            column.shape().isEmpty() ? new long[] {rows} : new long[] {rows, column.width()};
        ByteBuffer bytes = Objects.requireNonNull(numbers.get(column.name())).flip();
        tensors.put(column.name(), Tensor.ofBytes(column.dtype(), bytes, shape));
      }
      return tensors;
    }
  }

  private static void take(
      Group group, List<ShardColumn> columns, Map<String, ByteBuffer> numbers) {
    for (ShardColumn column : columns) {
      ByteBuffer bytes = Objects.requireNonNull(numbers.get(column.name()));
      if (column.shape().isEmpty()) {
        take(group, column.name(), column.dtype(), bytes);
      } else {
        Group list = group.getGroup(column.name(), 0);
        for (int i = 0; i < column.width(); i++) {
          take(list.getGroup(0, i), ParquetSchema.ELEMENT, column.dtype(), bytes);
        }
      }
    }
  }

  private static void take(Group group, String name, DType type, ByteBuffer bytes) {
    switch (type) {
      case FLOAT64 -> bytes.putDouble(group.getDouble(name, 0));
      case FLOAT32 -> bytes.putFloat(group.getFloat(name, 0));
      case FLOAT16 -> bytes.put(group.getBinary(name, 0).getBytes());
      case INT64 -> bytes.putLong(group.getLong(name, 0));
      case INT32 -> bytes.putInt(group.getInteger(name, 0));
      case BOOL -> bytes.put((byte) (group.getBoolean(name, 0) ? 1 : 0));
      case BFLOAT16 -> throw new IllegalArgumentException("no column of Parquet is BFLOAT16");
    }
  }
}
