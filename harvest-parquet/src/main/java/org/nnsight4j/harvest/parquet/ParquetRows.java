package org.nnsight4j.harvest.parquet;

import com.google.auto.service.AutoService;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.channels.FileChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Consumer;
import java.util.zip.CRC32C;
import org.apache.parquet.ParquetReadOptions;
import org.apache.parquet.column.page.PageReadStore;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.convert.GroupRecordConverter;
import org.apache.parquet.hadoop.ParquetFileReader;
import org.apache.parquet.hadoop.metadata.BlockMetaData;
import org.apache.parquet.io.ColumnIOFactory;
import org.apache.parquet.io.LocalInputFile;
import org.apache.parquet.io.RecordReader;
import org.apache.parquet.schema.GroupType;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.PrimitiveType.PrimitiveTypeName;
import org.apache.parquet.schema.Type;
import org.nnsight4j.error.RunException;
import org.nnsight4j.harvest.internal.rows.FileList;
import org.nnsight4j.harvest.job.DatasetRow;
import org.nnsight4j.harvest.job.RowSource;
import org.nnsight4j.harvest.job.RowSplit;
import org.nnsight4j.internal.digest.Sha256;

/**
 * A column of Parquet files: texts, or lists of token ids, which need no tokenizer.
 *
 * @param text whether it is of texts
 */
public record ParquetRows(List<Path> files, String column, boolean text) implements RowSource {
  private static final String KIND = "parquet";

  /** The length of the footer and the magic number. */
  private static final int TAIL = 8;

  /** More of a footer than this is not compared. */
  private static final int LONGEST = 1 << 26;

  /** The kind {@code parquet}. */
  @AutoService(RowSource.Kind.class)
  public static final class Kind implements RowSource.Kind {
    @Override
    public String name() {
      return KIND;
    }

    @Override
    public RowSource open(SortedMap<String, String> settings) {
      return new ParquetRows(
          FileList.read(settings),
          settings.getOrDefault("column", ""),
          Boolean.parseBoolean(settings.get("text")));
    }
  }

  public ParquetRows {
    files = FileList.checked(files);
  }

  /** A column of texts. */
  public static RowSource texts(String column, Path... files) {
    return new ParquetRows(List.of(files), column, true);
  }

  /** A column of lists of token ids, INT32 or INT64. */
  public static RowSource ids(String column, Path... files) {
    return new ParquetRows(List.of(files), column, false);
  }

  @Override
  public String kind() {
    return KIND;
  }

  @Override
  public SortedMap<String, String> settings() {
    SortedMap<String, String> settings = FileList.write(files);
    settings.put("column", column);
    settings.put("text", String.valueOf(text));
    return settings;
  }

  @Override
  public boolean isText() {
    return text;
  }

  @Override
  public Layout layout(int rowsPerSplit) throws IOException {
    List<RowSplit> splits = new ArrayList<>();
    Sha256 digest = new Sha256().add("parquet %s of %s\n".formatted(text ? "text" : "ids", column));
    long first = 0;
    for (int file = 0; file < files.size(); file++) {
      digest.add(Sha256.of(files.get(file)) + "\n");
      long footer = footer(file);
      long rows;
      try (ParquetFileReader reader = open(file)) {
        var unused = projection(file, reader);
        rows = reader.getRecordCount();
      }
      for (long row = 0; row < rows; row += rowsPerSplit) {
        int count = (int) Math.min(rowsPerSplit, rows - row);
        splits.add(new RowSplit(splits.size(), file, row, first + row, count, footer));
      }
      first += rows;
    }
    return new Layout(splits, digest.hex());
  }

  /**
   * What tells a file from another, without reading it all: its end, which has the sizes, the
   * places and the least and greatest values of all columns, and its length.
   */
  private long footer(int file) throws IOException {
    Path path = files.get(file);
    try (FileChannel channel = FileChannel.open(path)) {
      long size = channel.size();
      CRC32C check = new CRC32C();
      if (size >= TAIL) {
        int length = end(channel, TAIL).order(ByteOrder.LITTLE_ENDIAN).getInt(0);
        check.update(end(channel, Math.min(size, Math.min(LONGEST, Math.max(0, length)) + TAIL)));
      }
      return check.getValue() ^ size << Integer.SIZE;
    }
  }

  private static ByteBuffer end(FileChannel channel, long length) throws IOException {
    ByteBuffer bytes = ByteBuffer.allocate((int) length);
    channel.position(channel.size() - length);
    while (bytes.hasRemaining() && channel.read(bytes) >= 0) {
      // Until all is read.
    }
    return bytes.flip();
  }

  private ParquetFileReader open(int file) throws IOException {
    return ParquetFileReader.open(
        new LocalInputFile(files.get(file)),
        ParquetReadOptions.builder(new PlainParquetConfiguration()).build());
  }

  private MessageType projection(int file, ParquetFileReader reader) {
    MessageType schema = reader.getFileMetaData().getSchema();
    if (!schema.containsField(column)) {
      throw new RunException(
          "%s: expected the column '%s', found %s"
              .formatted(
                  files.get(file),
                  column,
                  schema.getFields().stream().map(Type::getName).toList()));
    }
    Type type = schema.getType(column);
    Type leaf = type;
    while (!leaf.isPrimitive() && leaf.asGroupType().getFieldCount() == 1) {
      leaf = leaf.asGroupType().getType(0);
    }
    PrimitiveTypeName found =
        leaf.isPrimitive() ? leaf.asPrimitiveType().getPrimitiveTypeName() : null;
    boolean fits =
        text
            ? type.isPrimitive() && found == PrimitiveTypeName.BINARY
            : !type.isPrimitive()
                && (found == PrimitiveTypeName.INT32 || found == PrimitiveTypeName.INT64);
    if (!fits) {
      throw new RunException(
          "%s: expected %s in the column '%s', found %s"
              .formatted(files.get(file), text ? "texts" : "lists of token ids", column, type));
    }
    return new MessageType(schema.getName(), type);
  }

  @Override
  public void read(RowSplit split, Consumer<DatasetRow> rows) throws IOException {
    split.requireSame(files.get(split.file()), footer(split.file()));
    try (ParquetFileReader reader = open(split.file())) {
      MessageType projection = projection(split.file(), reader);
      reader.setRequestedSchema(projection);
      long next = 0;
      long end = split.offset() + split.rows();
      for (BlockMetaData block : reader.getRowGroups()) {
        if (next >= end) {
          return;
        }
        if (next + block.getRowCount() <= split.offset()) {
          var unused = reader.skipNextRowGroup();
        } else {
          part(reader, projection, next, split, rows);
        }
        next += block.getRowCount();
      }
    }
  }

  private void part(
      ParquetFileReader reader,
      MessageType projection,
      long begin,
      RowSplit split,
      Consumer<DatasetRow> rows)
      throws IOException {
    PageReadStore pages = reader.readNextRowGroup();
    RecordReader<Group> records =
        new ColumnIOFactory()
            .getColumnIO(projection, projection)
            .getRecordReader(pages, new GroupRecordConverter(projection));
    long end = Math.min(split.offset() + split.rows(), begin + pages.getRowCount());
    for (long row = begin; row < end; row++) {
      Group group = records.read();
      if (row >= split.offset()) {
        rows.accept(row(split.firstRow() + row - split.offset(), group));
      }
    }
  }

  /** Null is an empty text, or a list without ids. */
  private DatasetRow row(long index, Group group) {
    boolean none = group.getFieldRepetitionCount(0) == 0;
    if (text) {
      return DatasetRow.of(index, none ? "" : group.getBinary(0, 0).toStringUsingUTF8());
    }
    if (none) {
      return DatasetRow.of(index, new long[0]);
    }
    Group list = group.getGroup(0, 0);
    long[] ids = new long[list.getFieldRepetitionCount(0)];
    for (int i = 0; i < ids.length; i++) {
      ids[i] = id(index, list, i);
    }
    return DatasetRow.of(index, ids);
  }

  /** Lists have two levels in old files, three in new ones. */
  private long id(long row, Group list, int i) {
    GroupType type = list.getType();
    Group holder = type.getType(0).isPrimitive() ? list : list.getGroup(0, i);
    int place = holder == list ? i : 0;
    if (holder.getFieldRepetitionCount(0) <= place) {
      throw new RunException(
          "row %s: expected a token id in '%s', found null".formatted(row, column));
    }
    PrimitiveTypeName name = holder.getType().getType(0).asPrimitiveType().getPrimitiveTypeName();
    return name == PrimitiveTypeName.INT32 ? holder.getInteger(0, place) : holder.getLong(0, place);
  }
}
