package org.nnsight4j.internal.hub;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileAlreadyExistsException;
import java.nio.file.FileSystemException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.spelling.Shown;

/**
 * One repository in the cache, in the layout of Hugging Face's client: {@code refs} maps names of
 * revisions to commits, and {@code snapshots} has their files, which are links to {@code blobs}.
 */
final class RepoCache {
  private final HubName name;
  private final Path root;
  private final Path folder;
  private final boolean links;

  RepoCache(HubName name, HubSettings settings) {
    this.name = name;
    this.root = settings.cache().toAbsolutePath();
    this.folder = root.resolve(name.folder());
    this.links = settings.links();
  }

  Path folder() {
    return folder;
  }

  /** The commit of the revision when it was last looked up. */
  Optional<String> commit() {
    if (name.isCommit()) {
      return Optional.of(name.revision());
    }
    Path ref = folder.resolve("refs").resolve(name.revision());
    if (!Files.isRegularFile(ref)) {
      return Optional.empty();
    }
    try {
      String commit = Files.readString(ref, StandardCharsets.UTF_8).strip();
      if (!HubName.isCommit(commit)) {
        throw new CheckpointException(
            "%s: expected the 40 digits of a commit, found '%s'; delete this file"
                .formatted(ref, Shown.start(commit, 60)));
      }
      return Optional.of(commit);
    } catch (IOException e) {
      throw new CheckpointException("%s: cannot be read: %s".formatted(ref, e), e);
    }
  }

  void remember(String commit) throws IOException {
    if (name.isCommit()) {
      return;
    }
    Path ref = folder.resolve("refs").resolve(name.revision());
    Files.createDirectories(Objects.requireNonNull(ref.getParent()));
    Path part = ref.resolveSibling(".%s.part".formatted(UUID.randomUUID()));
    try {
      Files.writeString(part, commit, StandardCharsets.UTF_8);
      Files.move(part, ref, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }

  Path snapshot(String commit) {
    return folder.resolve("snapshots").resolve(commit);
  }

  boolean has(String commit, String file) {
    return Files.isRegularFile(snapshot(commit).resolve(file));
  }

  /** Whether the cache has recorded that the commit has no such file. */
  boolean isAbsent(String commit, String file) {
    return Files.isRegularFile(absence(commit, file));
  }

  void rememberAbsent(String commit, String file) throws IOException {
    Path marker = absence(commit, file);
    Files.createDirectories(Objects.requireNonNull(marker.getParent()));
    try {
      Files.createFile(marker);
    } catch (FileAlreadyExistsException e) {
      // Another process has recorded it.
    }
  }

  private Path absence(String commit, String file) {
    return folder.resolve(".no_exist").resolve(commit).resolve(file);
  }

  Path blob(String etag) {
    return folder.resolve("blobs").resolve(etag);
  }

  /** The folder of blobs; creates it if necessary. */
  Path blobs() throws IOException {
    return Files.createDirectories(folder.resolve("blobs"));
  }

  PathLock lock(String etag) throws IOException {
    return PathLock.of(root.resolve(".locks").resolve(name.folder()), etag + ".lock");
  }

  /**
   * Gives a complete blob its name in a snapshot.
   *
   * @param isNew whether there cannot be any other link to it
   */
  void publish(String commit, String file, Path blob, boolean isNew) throws IOException {
    Path directory = snapshot(commit);
    Path pointer = directory.resolve(file);
    if (Files.isRegularFile(pointer)) {
      return;
    }
    Files.createDirectories(directory);
    // The pointer may be a broken link.
    Files.deleteIfExists(pointer);
    if (links) {
      try {
        Files.createSymbolicLink(pointer, directory.relativize(blob));
        return;
      } catch (FileAlreadyExistsException e) {
        return;
      } catch (UnsupportedOperationException | FileSystemException e) {
        // On Windows only administrators may create links: store the file itself there.
      }
    }
    if (isNew) {
      Files.move(blob, pointer, StandardCopyOption.REPLACE_EXISTING);
      return;
    }
    Path part = pointer.resolveSibling(".%s.part".formatted(UUID.randomUUID()));
    try {
      Files.copy(blob, part);
      Files.move(part, pointer, StandardCopyOption.REPLACE_EXISTING);
    } finally {
      Files.deleteIfExists(part);
    }
  }
}
