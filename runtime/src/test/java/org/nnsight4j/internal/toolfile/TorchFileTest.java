package org.nnsight4j.internal.toolfile;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.Tensor;

/** Files that torch itself wrote are read by the toolkit's tests of lenses. */
final class TorchFileTest {
  /** A tensor of 6 floats with a shape and strides, as torch pickles it. */
  private static final String TENSOR =
      "\u0080\u0002ctorch._utils\n_rebuild_tensor_v2\n((X\u0007\0\0\0storagectorch\nFloatStorage\n"
          + "X\u0001\0\0\u00000X\u0003\0\0\0cpuK\u0006tQK\0SHAPE\u0089N}tR.";

  @TempDir private Path directory;

  private Path file(String pickle, byte[] numbers) throws IOException {
    Path file = directory.resolve("params.pt");
    try (ZipOutputStream zip = new ZipOutputStream(Files.newOutputStream(file))) {
      zip.putNextEntry(new ZipEntry("a/data.pkl"));
      zip.write(pickle.getBytes(StandardCharsets.ISO_8859_1));
      zip.putNextEntry(new ZipEntry("a/data/0"));
      zip.write(numbers);
    }
    return file;
  }

  private static byte[] six() {
    Tensor tensor = Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 6);
    byte[] bytes = new byte[24];
    tensor.bytes().get(bytes);
    return bytes;
  }

  private String refused(String pickle) throws IOException {
    Path file = file(pickle, six());
    CheckpointException error = assertThrows(CheckpointException.class, () -> TorchFile.read(file));
    assertThat(error).hasMessageThat().contains(file.toString());
    return String.valueOf(error.getMessage());
  }

  @Test
  void readsWhatItWrote() throws IOException {
    Map<Object, Object> content = new LinkedHashMap<>();
    content.put("J", Map.of(3, Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3)));
    content.put("layers", List.of(0, -7, 1L << 40, "né\n"));
    content.put("flags", Tensor.of(new boolean[] {true, false}, 2));
    Path file = directory.resolve("lens.pt");
    TorchWriter.write(file, content);
    assertThat(TorchFile.read(file))
        .isEqualTo(
            Map.of(
                "J",
                Map.of(3L, Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3)),
                "layers",
                List.of(0L, -7L, 1L << 40, "né\n"),
                "flags",
                Tensor.of(new boolean[] {true, false}, 2)));
    byte[] first = Files.readAllBytes(file);
    TorchWriter.write(file, content);
    assertThat(Files.readAllBytes(file)).isEqualTo(first);
  }

  @Test
  void followsStrides() throws IOException {
    String transposed = TENSOR.replace("SHAPE", "K\u0003K\u0002\u0086K\u0001K\u0003\u0086");
    assertThat(TorchFile.read(file(transposed, six())))
        .isEqualTo(Tensor.of(new float[] {1, 4, 2, 5, 3, 6}, 3, 2));
  }

  /** All that a pickle could do besides making tensors. */
  @ParameterizedTest
  @CsvSource({
    "'cos\nsystem\n(X\u0002\0\0\0lstR.', it calls os.system",
    "'cbuiltins\neval\n(X\u0001\0\0\0atR.', it calls builtins.eval",
    "'cos\nsystem\n)\u0081.', the operation 0x81",
    "'(i__main__\nA\n.', the operation 0x69",
    "'}}K\u0001s.', 'expected a text or an integer as a key'",
    "'K', ends too early",
    "'t.', its pickle is damaged",
    "'h\u0005.', its pickle is damaged",
    "'X\u00ff\u00ff\u00ff\u007fa.', ends too early",
    "'K\u0001Q.', 'expected a storage of torch, found 1'"
  })
  void runsNothing(String pickle, String message) throws IOException {
    assertThat(refused(pickle)).contains(message);
  }

  @Test
  void aTensorHasNoMoreNumbersThanTheFile() throws IOException {
    String six = TENSOR.replace("SHAPE", "K\u0003K\u0002\u0086K\u0002K\u0001\u0086");
    assertThat(refused(six.replace("K\u0003K\u0002\u0086K\u0002", "K\u0004K\u0002\u0086K\u0002")))
        .contains("does not fit into its numbers");
    String repeated = TENSOR.replace("SHAPE", "J\0\0\0\u007fK\u0001\u0086K\0K\0\u0086");
    assertThat(refused(repeated)).contains("does not fit into its numbers");
    assertThat(refused(six.replace("FloatStorage", "QInt8Storage")))
        .contains("numbers of torch.QInt8Storage cannot be read");
    assertThat(refused(six.replace("cpuK\u0006", "cpuK\u0007")))
        .contains("expected 7 numbers (FLOAT32) in 'a/data/0', found 24 bytes");
  }

  /** Damaged at any place, a file is refused or gives other numbers, and never breaks. */
  @Test
  void survivesDamage() throws IOException {
    byte[] pickle =
        TENSOR
            .replace("SHAPE", "K\u0003K\u0002\u0086K\u0002K\u0001\u0086")
            .getBytes(StandardCharsets.ISO_8859_1);
    Random random = new Random(5);
    for (int i = 0; i < 400; i++) {
      byte[] damaged = Arrays.copyOf(pickle, random.nextInt(8) == 0 ? 40 : pickle.length);
      damaged[random.nextInt(damaged.length)] = (byte) random.nextInt(256);
      Path file = file(new String(damaged, StandardCharsets.ISO_8859_1), six());
      try {
        assertThat(TorchFile.read(file)).isNotNull();
      } catch (CheckpointException e) {
        assertThat(e).hasMessageThat().contains("params.pt");
      }
    }
  }

  @Test
  void otherFilesAreNoneOfTorch() throws IOException {
    Path old = Files.write(directory.resolve("old.pt"), new byte[] {(byte) 0x80, 2, '.'});
    assertThat(assertThrows(CheckpointException.class, () -> TorchFile.read(old)))
        .hasMessageThat()
        .contains("expected the zip file that torch.save writes since version 1.6");
    Path none = directory.resolve("none.pt");
    assertThat(assertThrows(CheckpointException.class, () -> TorchFile.read(none)))
        .hasMessageThat()
        .contains("there is no such file");
  }
}
