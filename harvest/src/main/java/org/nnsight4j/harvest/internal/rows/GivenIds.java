package org.nnsight4j.harvest.internal.rows;

import com.google.auto.service.AutoService;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.nnsight4j.error.RunException;
import org.nnsight4j.harvest.job.DatasetRow;
import org.nnsight4j.harvest.job.RowSource;
import org.nnsight4j.harvest.job.RowSplit;
import org.nnsight4j.internal.digest.Sha256;

/** Token ids that a program gives; they travel with the job. */
public record GivenIds(List<long[]> rows) implements RowSource {
  private static final String IDS = "ids";

  /** The kind {@code ids}. */
  @AutoService(RowSource.Kind.class)
  public static final class Kind implements RowSource.Kind {
    @Override
    public String name() {
      return IDS;
    }

    @Override
    public RowSource open(SortedMap<String, String> settings) {
      return new GivenIds(
          settings
              .getOrDefault(IDS, "")
              .lines()
              .map(
                  line ->
                      line.isEmpty()
                          ? new long[0]
                          : LongStream.of(
                                  java.util.Arrays.stream(line.split(" ", -1))
                                      .mapToLong(Long::parseLong)
                                      .toArray())
                              .toArray())
              .toList());
    }
  }

  public GivenIds {
    if (rows.isEmpty()) {
      throw new RunException("expected a row of token ids or more, found none");
    }
    rows = rows.stream().map(long[]::clone).toList();
  }

  @Override
  public String kind() {
    return IDS;
  }

  @Override
  public SortedMap<String, String> settings() {
    SortedMap<String, String> settings = new TreeMap<>();
    settings.put(IDS, text());
    return settings;
  }

  private String text() {
    return rows.stream()
        .map(
            row ->
                LongStream.of(row).mapToObj(Long::toString).collect(Collectors.joining(" ")) + "\n")
        .collect(Collectors.joining());
  }

  @Override
  public boolean isText() {
    return false;
  }

  @Override
  public Layout layout(int rowsPerSplit) {
    List<RowSplit> splits = new ArrayList<>();
    for (int row = 0; row < rows.size(); row += rowsPerSplit) {
      splits.add(
          new RowSplit(splits.size(), 0, row, row, Math.min(rowsPerSplit, rows.size() - row), 0));
    }
    return new Layout(splits, Sha256.of("ids\n" + text()));
  }

  @Override
  public void read(RowSplit split, Consumer<DatasetRow> each) {
    for (int i = 0; i < split.rows(); i++) {
      int row = (int) split.firstRow() + i;
      each.accept(DatasetRow.of(row, rows.get(row)));
    }
  }
}
