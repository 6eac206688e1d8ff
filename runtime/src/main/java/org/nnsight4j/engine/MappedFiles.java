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
 * The files that weights are mapped from. libtorch maps each once for each element type. A page
 * that a file no longer has ends the JVM when it is read, so runs ask {@link #checkUnchanged}
 * first.
 */
final class MappedFiles {
  private final Map<MapKey, NDArray> maps = new HashMap<>();
  private final Map<Path, Stamp> stamps = new HashMap<>();

  private record MapKey(Path file, DType dtype) {}

  /**
   * Which file it was.
   *
   * @param key what tells it from another of the same name; null where the system has no such thing
   */
  private record Stamp(@Nullable Object key, long size, FileTime modified) {
    static Stamp of(Path file) throws IOException {
      BasicFileAttributes found = Files.readAttributes(file, BasicFileAttributes.class);
      return new Stamp(found.fileKey(), found.size(), found.lastModifiedTime());
    }
  }

  /**
   * A file as elements of one type.
   *
   * @param arena where the map lives until its views do
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

  /** Maps are no longer needed: what views them keeps them. */
  void forgetMaps() {
    maps.clear();
  }

  /**
   * Refuses to read on in a file that somebody writes to. One that was replaced or deleted is still
   * there for those who have it mapped.
   *
   * @throws CheckpointException if a file is another one inside than when it was mapped
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
