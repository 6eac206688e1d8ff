package org.nnsight4j.internal.file;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.nio.file.FileSystemLoopException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.Tensor;

/** What a shell's {@code > file} keeps, kept also where the file appears at once. */
class WholeFileTest {
  @TempDir Path directory;

  @BeforeEach
  void posix() {
    assumeTrue(directory.getFileSystem().supportedFileAttributeViews().contains("posix"));
  }

  private static void write(Path file, String text) throws IOException {
    WholeFile.at(file)
        .write(
            channel -> {
              var unused = channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
            });
  }

  private static String mode(Path file) throws IOException {
    return PosixFilePermissions.toString(Files.getPosixFilePermissions(file));
  }

  private List<Path> files() throws IOException {
    try (Stream<Path> files = Files.list(directory)) {
      return files.sorted().toList();
    }
  }

  @Test
  void aNewFileHasTheModeOfTheUmask() throws Exception {
    Path file = directory.resolve("new");
    write(file, "a");
    assertThat(mode(file)).isEqualTo(mode(Files.createFile(directory.resolve("other"))));
    Path tensors = directory.resolve("new.safetensors");
    Safetensors.write(tensors, Map.of(), Map.of());
    assertThat(mode(tensors)).isEqualTo(mode(file));
  }

  @ParameterizedTest
  @ValueSource(strings = {"rw-------", "rw-r--r--", "rw-rw-rw-", "rwxr-x--x", "r--r--r--"})
  void theModeOfAnExistingFileStays(String mode) throws Exception {
    Path file = Files.writeString(directory.resolve("old"), "old");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString(mode));
    write(file, "new");
    assertThat(Files.readString(file)).isEqualTo("new");
    assertThat(mode(file)).isEqualTo(mode);
  }

  /** While it is written, what will be private is not open to all. */
  @Test
  void theIncompleteFileIsNotMorePublic() throws Exception {
    Path file = Files.writeString(directory.resolve("old"), "old");
    Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
    WholeFile.at(file)
        .write(
            channel -> {
              List<Path> both = files();
              assertThat(both).hasSize(2);
              for (Path each : both) {
                assertThat(mode(each)).isEqualTo("rw-------");
              }
            });
  }

  @Test
  void linksStayLinks() throws Exception {
    Path folder = Files.createDirectory(directory.resolve("folder"));
    Path target = Files.writeString(folder.resolve("target"), "old");
    Path relative =
        Files.createSymbolicLink(directory.resolve("relative"), Path.of("folder/target"));
    Path absolute = Files.createSymbolicLink(directory.resolve("absolute"), target);
    Path chain = Files.createSymbolicLink(directory.resolve("chain"), Path.of("relative"));
    Files.createSymbolicLink(directory.resolve("elsewhere"), folder);
    Path through = directory.resolve("elsewhere").resolve("target");
    for (Path link : new Path[] {relative, absolute, chain, through}) {
      write(link, link.toString());
      assertThat(Files.readString(target)).isEqualTo(link.toString());
      assertThat(Files.isSymbolicLink(target)).isFalse();
    }
    for (Path link : new Path[] {relative, absolute, chain, directory.resolve("elsewhere")}) {
      assertThat(Files.isSymbolicLink(link)).isTrue();
    }
    Path dangling = Files.createSymbolicLink(directory.resolve("dangling"), Path.of("not-yet"));
    write(dangling, "a");
    assertThat(Files.readString(directory.resolve("not-yet"))).isEqualTo("a");
    assertThat(Files.isSymbolicLink(dangling)).isTrue();
  }

  @Test
  void linksInACircleAreRefused() throws Exception {
    Path circle = Files.createSymbolicLink(directory.resolve("circle"), Path.of("circle"));
    assertThrows(FileSystemLoopException.class, () -> WholeFile.at(circle));
    CheckpointException refused =
        assertThrows(
            CheckpointException.class, () -> Safetensors.write(circle, Map.of(), Map.of()));
    assertThat(refused).hasMessageThat().contains(circle.toString());
  }

  /** Most file systems take 255 bytes, however many characters these are. */
  @ParameterizedTest
  @ValueSource(strings = {"a", "ä"})
  void namesMayBeAsLongAsTheyCan(String letter) throws Exception {
    int bytes = letter.getBytes(StandardCharsets.UTF_8).length;
    for (int length : new int[] {250 / bytes, 255 / bytes}) {
      Path file = directory.resolve(letter.repeat(length));
      write(file, "a");
      Map<String, Tensor> tensors = Map.of("t", Tensor.scalar(1));
      Safetensors.write(file, tensors, Map.of());
      assertThat(Safetensors.read(file)).isEqualTo(tensors);
    }
  }

  @Test
  void aFailureLeavesEverythingAsItWas() throws Exception {
    Path file = Files.writeString(directory.resolve("file"), "old");
    assertThrows(
        IOException.class,
        () ->
            WholeFile.at(file)
                .write(
                    channel -> {
                      var unused = channel.write(ByteBuffer.wrap(new byte[100]));
                      throw new IOException("the disk is full");
                    }));
    assertThat(files()).containsExactly(file);
    assertThat(Files.readString(file)).isEqualTo("old");
  }

  @Test
  void devicesAreWrittenAndNotReplaced() throws Exception {
    Path device = Path.of("/dev/null");
    assumeTrue(Files.exists(device));
    Safetensors.write(device, Map.of("t", Tensor.scalar(1)), Map.of());
    assertThat(Files.isRegularFile(device)).isFalse();
  }
}
