package org.nnsight4j.engine;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.FileTime;
import java.util.HashMap;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.DType;

/**
 * The files from which weights are mapped. libtorch maps each file once for each element type.
 * Reading a page that a file no longer has ends the JVM, so runs call {@link #checkUnchanged}
 * first.
 */
final class MappedFiles {
  private final Map<MapKey, NDArray> maps = new HashMap<>();
  private final Map<Path, Stamp> stamps = new HashMap<>();

  private record MapKey(Path file, DType dtype) {}

  /**
   * The identity of a file when it was mapped.
   *
   * @param key distinguishes it from another file of the same name; null if the system has no such
   *     key
   */
  private record Stamp(@Nullable Object key, long size, FileTime modified) {
    static Stamp of(Path file) throws IOException {
      BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
      return new Stamp(found.fileKey(), found.size(), found.lastModifiedTime());
    }
  }

  /**
   * Maps a file as elements of one type.
   *
   * @param arena owns the map until its views exist
   */
  NDArray map(Arena arena, Path file, DType dtype) {
    return maps.computeIfAbsent(new MapKey(file, dtype), key -> mapped(arena, file, dtype));
  }

  private NDArray mapped(Arena arena, Path file, DType dtype) {
    try {
      stamps.putIfAbsent(file, Stamp.of(file));
      long elements = Files.size(file) / dtype.bytes();
      return TorchOps.get()
          .call(arena, "map_file", file.toString(), elements, Transfer.code(dtype));
    } catch (EngineException | IOException e) {
      throw new CheckpointException(file + " cannot be memory-mapped: " + e.getMessage(), e);
    }
  }

  /** Forgets the maps; views keep those that they need. */
  void forgetMaps() {
    maps.clear();
  }

  /**
   * Refuses to continue if a file was written to. A file that was replaced or deleted is still
   * available through its map.
   *
   * @throws CheckpointException if a file's content may have changed since it was mapped
   */
  void checkUnchanged() {
    stamps.forEach(MappedFiles::check);
  }

  private static void check(Path file, Stamp then) {
    Stamp now;
    try {
      now = Stamp.of(file);
    } catch (NoSuchFileException e) {
      return;
    } catch (IOException e) {
      throw new CheckpointException(
          "%s: cannot be looked at, and weights are mapped from it: %s"
              .formatted(file, e.getMessage()),
          e);
    }
    if (Objects.equals(now.key(), then.key()) && !now.equals(then)) {
      throw new CheckpointException(
          "%s: was written to while weights are mapped from it: expected %s bytes of %s, found %s of %s; open the model again. To exchange a checkpoint, move new files to its place"
              .formatted(file, then.size(), then.modified(), now.size(), now.modified()));
    }
  }
}
