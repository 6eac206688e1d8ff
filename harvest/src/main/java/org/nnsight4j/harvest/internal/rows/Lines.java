package org.nnsight4j.harvest.internal.rows;

import com.google.auto.service.AutoService;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.nnsight4j.harvest.job.DatasetRow;
import org.nnsight4j.harvest.job.RowSource;
import org.nnsight4j.harvest.job.RowSplit;

/** Each line of text files is a text. */
public record Lines(List<Path> files) implements RowSource {
  /** The kind {@code lines}. */
  @AutoService(RowSource.Kind.class)
  public static final class Kind implements RowSource.Kind {
    @Override
    public String name() {
      return "lines";
    }

    @Override
    public RowSource open(SortedMap<String, String> settings) {
      return new Lines(FileList.read(settings));
    }
  }

  public Lines {
    files = FileList.checked(files);
  }

  @Override
  public String kind() {
    return "lines";
  }

  @Override
  public SortedMap<String, String> settings() {
    return FileList.write(files);
  }

  @Override
  public boolean isText() {
    return true;
  }

  @Override
  public Layout layout(int rowsPerSplit) throws IOException {
    return LineFile.layout(files, rowsPerSplit, "lines");
  }

  @Override
  public void read(RowSplit split, Consumer<DatasetRow> rows) throws IOException {
    LineFile.read(
        files.get(split.file()), split, (row, text) -> rows.accept(DatasetRow.of(row, text)));
  }
}
