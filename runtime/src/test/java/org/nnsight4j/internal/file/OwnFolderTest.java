package org.nnsight4j.internal.file;

import static com.google.common.truth.Truth.assertThat;

import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.FileTime;
import java.time.Duration;
import java.time.Instant;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

final class OwnFolderTest {
  @TempDir Path parent;

  private List<String> names() throws Exception {
    try (Stream<Path> all = Files.list(parent)) {
      return all.map(each -> each.getFileName().toString())
          .filter(name -> !name.endsWith(".lock"))
          .sorted()
          .toList();
    }
  }

  private void old(Path folder) throws Exception {
    Files.setLastModifiedTime(folder, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
  }

  @Test
  void itIsDeletedWithItsProcess() throws Exception {
    try (OwnFolder own = OwnFolder.in(parent, "mine-")) {
      Files.createDirectories(own.path().resolve("deeper"));
      Files.writeString(own.path().resolve("deeper/file"), "text");
      assertThat(names()).hasSize(1);
    }
    try (Stream<Path> all = Files.list(parent)) {
      assertThat(all.toList()).isEmpty();
    }
  }

  @Test
  void leftoversOfAKilledProcessAreDeletedByTheNext() throws Exception {
    Path left = Files.createDirectory(parent.resolve("mine-left"));
    Files.writeString(parent.resolve("mine-left.lock"), "");
    Files.writeString(left.resolve("model.safetensors"), "4 MB");
    Path earlier = Files.createDirectory(parent.resolve("mine-without-a-lock"));
    Path foreign = Files.createDirectory(parent.resolve("yours"));
    Path fresh = Files.createDirectory(parent.resolve("mine-fresh"));
    for (Path folder : List.of(left, earlier, foreign)) {
      old(folder);
    }
    try (OwnFolder own = OwnFolder.in(parent, "mine-")) {
      assertThat(names())
          .containsExactly(own.path().getFileName().toString(), "mine-fresh", "yours");
      assertThat(Files.exists(fresh)).isTrue();
    }
  }

  @Test
  void aFolderInUseStays() throws Exception {
    Process other =
        new ProcessBuilder(
                Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                "-cp",
                System.getProperty("java.class.path"),
                Holder.class.getName(),
                parent.toString())
            .redirectErrorStream(true)
            .start();
    try {
      String line = other.inputReader().readLine();
      Path held = Path.of(line);
      old(held);
      try (OwnFolder own = OwnFolder.in(parent, "mine-")) {
        assertThat(names()).containsExactly(held.getFileName().toString(), name(own));
      }
      other.destroyForcibly().waitFor();
      try (OwnFolder own = OwnFolder.in(parent, "mine-")) {
        assertThat(names()).containsExactly(name(own));
      }
    } finally {
      other.destroyForcibly();
    }
  }

  private static String name(OwnFolder folder) {
    return folder.path().getFileName().toString();
  }

  /** A process that is killed while it has a folder. */
  static final class Holder {
    public static void main(String[] arguments) throws Exception {
      Path path = OwnFolder.in(Path.of(arguments[0]), "mine-").path();
      Files.writeString(path.resolve("file"), "text");
      // Neither frees the lock: a copy of its files, and another folder.
      try (Stream<Path> files = Files.list(path)) {
        for (Path file : files.toList()) {
          Files.readString(file);
        }
      }
      Files.setLastModifiedTime(path, FileTime.from(Instant.now().minus(Duration.ofHours(1))));
      OwnFolder.in(Path.of(arguments[0]), "mine-").close();
      System.out.println(path);
      Thread.sleep(60_000);
    }
  }
}
