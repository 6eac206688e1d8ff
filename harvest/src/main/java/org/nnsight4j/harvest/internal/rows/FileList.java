package org.nnsight4j.harvest.internal.rows;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import org.nnsight4j.error.RunException;

/** The files of a source, as settings. */
public final class FileList {
  private static final String FILE = "file.";

  private FileList() {}

  /** Absolute names of files that exist. */
  public static List<Path> checked(List<Path> files) {
    if (files.isEmpty()) {
      throw new RunException("expected a file or more with rows, found none");
    }
    for (Path file : files) {
      if (!Files.isRegularFile(file)) {
        throw new RunException(
            "%s: expected a file with rows, found %s"
                .formatted(
                    file.toAbsolutePath(), Files.exists(file) ? "something else" : "nothing"));
      }
    }
    return files.stream().map(Path::toAbsolutePath).toList();
  }

  public static SortedMap<String, String> write(List<Path> files) {
    SortedMap<String, String> settings = new TreeMap<>();
    for (int i = 0; i < files.size(); i++) {
      settings.put(FILE + i, files.get(i).toString());
    }
    return settings;
  }

  public static List<Path> read(SortedMap<String, String> settings) {
    List<Path> files = new ArrayList<>();
    for (String name = settings.get(FILE + 0);
        name != null;
        name = settings.get(FILE + files.size())) {
      files.add(Path.of(name));
    }
    return files;
  }
}
