package org.nnsight4j.harvest.job;

import java.io.IOException;
import java.util.List;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.nnsight4j.error.RunException;

/** Where the rows of a dataset come from. Immutable; another process opens it by its settings. */
public interface RowSource {
  /** A kind of source, found as a service. */
  interface Kind {
    /** Its name, such as {@code lines}. */
    String name();

    /** Opens a source with the settings that {@link RowSource#settings} gave. */
    RowSource open(SortedMap<String, String> settings);
  }

  /**
   * All splits of a source.
   *
   * @param digest of all rows, and of how they are read
   */
  record Layout(List<RowSplit> splits, String digest) {
    public Layout {
      splits = List.copyOf(splits);
    }
  }

  /** The name of its kind. */
  String kind();

  /** What another process needs to open it. */
  SortedMap<String, String> settings();

  /** Whether rows are texts, which need a tokenizer. */
  boolean isText();

  /**
   * Reads everything once, and says where each split begins. A split never spans two files, and
   * depends on nothing but the rows and this number.
   */
  Layout layout(int rowsPerSplit) throws IOException;

  /** Reads the rows of a split, in order. */
  void read(RowSplit split, Consumer<DatasetRow> rows) throws IOException;

  /**
   * Opens a source of a kind.
   *
   * @throws RunException if no jar on the class path has this kind
   */
  static RowSource open(String kind, SortedMap<String, String> settings) {
    return ServiceLoader.load(Kind.class, RowSource.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .filter(one -> one.name().equals(kind))
        .findFirst()
        .orElseThrow(
            () ->
                new RunException(
                    "no jar on the class path reads rows of the kind '%s'; parquet is in nnsight4j-harvest-parquet"
                        .formatted(kind)))
        .open(settings);
  }
}
