package org.nnsight4j.internal.toolfile;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Random;
import java.util.zip.ZipEntry;
import java.util.zip.ZipOutputStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.Tensor;

final class NpzTest {
  private static final String HEADER =
      "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3), }";

  @TempDir Path directory;

  private static byte[] npy(String header, byte[] numbers) {
    byte[] text = header.getBytes(StandardCharsets.ISO_8859_1);
    return ByteBuffer.allocate(10 + text.length + numbers.length)
        .order(ByteOrder.LITTLE_ENDIAN)
        .put(new byte[] {(byte) 0x93, 'N', 'U', 'M', 'P', 'Y', 1, 0})
        .putShort((short) text.length)
        .put(text)
        .put(numbers)
        .array();
  }

  private static byte[] six() {
    ByteBuffer bytes = ByteBuffer.allocate(24).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 1; i <= 6; i++) {
      bytes.putFloat(i);
    }
    return bytes.array();
  }

  private Path zip(String name, byte[] content) throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry(name));
      zip.write(content);
    }
    return Files.write(directory.resolve("params.npz"), bytes.toByteArray());
  }

  private static String refused(Path file) {
    CheckpointException error = assertThrows(CheckpointException.class, () -> Npz.read(file));
    assertThat(error).hasMessageThat().contains(file.toString());
    return String.valueOf(error.getMessage());
  }

  @Test
  void rowsAndColumns() throws IOException {
    assertThat(Npz.read(zip("a.npy", npy(HEADER, six()))).get("a"))
        .isEqualTo(Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 2, 3));
    String columns = HEADER.replace("False", "True");
    assertThat(Npz.read(zip("a.npy", npy(columns, six()))).get("a"))
        .isEqualTo(Tensor.of(new float[] {1, 3, 5, 2, 4, 6}, 2, 3));
    String vector = "{\"shape\": (6,), 'fortran_order':True,'descr':'<f4'}  \n";
    assertThat(Npz.read(zip("b.npy", npy(vector, six()))).get("b"))
        .isEqualTo(Tensor.of(new float[] {1, 2, 3, 4, 5, 6}, 6));
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = ';',
      quoteCharacter = '"',
      value = {
        "{'descr': '|O', 'fortran_order': False, 'shape': (2, 3), } ; objects of Python, which are pickled",
        "{'descr': '>f4', 'fortran_order': False, 'shape': (2, 3), } ; found '>f4'",
        "{'descr': '<i8', 'fortran_order': False, 'shape': (3,), } ; found '<i8'",
        "{'descr': [('a', '<f4')], 'fortran_order': False, 'shape': (6,), } ; a plain string in quotes",
        "{'descr': '<f4', 'fortran_order': 0, 'shape': (2, 3), } ; expected 'False'",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 3, 1), } ; at most two axes",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, -3), } ; at most ten digits",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (2, 4), } ; needs 32 bytes",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (9999999999, 9999999999), } ; more numbers than",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (99999999999,), } ; at most ten digits",
        "{'descr': '<f4', 'fortran_order': False} ; and nothing else",
        "{'descr': '<f4', 'descr': '<f4', 'fortran_order': False, 'shape': (6,)} ; once",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,), 'x': 1} ; once",
        "{'descr': '<f4', 'fortran_order': False, 'shape': (6,)}, __import__('os') ; and nothing else",
        "{'descr': __import__('os').system('x'), 'fortran_order': False, 'shape': (6,)} ; a plain string",
        "{'descr': '<f\\\\x34', 'fortran_order': False, 'shape': (6,)} ; a plain string",
        "{ ; a plain string",
        "[] ; expected '{'"
      })
  void headersAreParsedAndNeverEvaluated(String header, String words) throws IOException {
    assertThat(refused(zip("a.npy", npy(header, six())))).contains(words);
  }

  @Test
  void otherThingsInTheZip() throws IOException {
    assertThat(refused(zip("a.pkl", six()))).contains("expected arrays called NAME.npy");
    assertThat(refused(zip("../a.npy", npy(HEADER, six())))).contains("found '../a.npy'");
    assertThat(refused(zip("a.npy", six()))).contains("expected a NumPy array of the format");
    assertThat(refused(zip("a.npy", new byte[0]))).contains("expected a NumPy array");
    Path text = Files.writeString(directory.resolve("b.npz"), "version https://git-lfs");
    assertThat(refused(text)).contains("expected the zip file that numpy.savez writes");
    assertThat(refused(directory.resolve("none.npz"))).contains("there is no such file");
  }

  /** 100 MB of zeros are 100 KB in a zip. */
  @Test
  void aZipThatWouldFillTheMemory() throws IOException {
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    try (ZipOutputStream zip = new ZipOutputStream(bytes)) {
      zip.putNextEntry(new ZipEntry("a.npy"));
      zip.write(npy("{'descr': '<f4', 'fortran_order': False, 'shape': (26214400,)}", new byte[0]));
      byte[] zeros = new byte[1 << 20];
      for (int i = 0; i < 100; i++) {
        zip.write(zeros);
      }
    }
    Path file = Files.write(directory.resolve("bomb.npz"), bytes.toByteArray());
    assertThat(refused(file)).contains("made to fill the memory");
  }

  /** Any damage is an error of ours, whatever byte it is in. */
  @Test
  void damagedFiles() throws IOException {
    byte[] whole = Files.readAllBytes(zip("a.npy", npy(HEADER, six())));
    Random random = new Random(7);
    Path file = directory.resolve("damaged.npz");
    for (int i = 0; i < 300; i++) {
      byte[] changed = whole.clone();
      for (int n = 0; n <= i % 3; n++) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      }
      byte[] some = i % 5 == 0 ? Arrays.copyOf(changed, random.nextInt(whole.length)) : changed;
      Files.write(file, some);
      try {
        assertThat(Npz.read(file)).isNotNull();
      } catch (CheckpointException e) {
        assertWithMessage("round %s", i).that(e).hasMessageThat().contains(file.toString());
      }
    }
  }
}
