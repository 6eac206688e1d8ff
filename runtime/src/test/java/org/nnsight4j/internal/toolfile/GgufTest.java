package org.nnsight4j.internal.toolfile;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Random;
import java.util.function.Consumer;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.attach.ControlVector;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.tensor.Tensor;

final class GgufTest {
  /** Where the first key's length stands: after magic, version and both counts. */
  private static final int FIRST_KEY = 24;

  @TempDir Path directory;
  private Path file = Path.of("");

  @BeforeEach
  void write() {
    file = directory.resolve("vector.gguf");
    write(Map.of("general.architecture", "controlvector"), "direction.1", "direction.2");
  }

  private void write(Map<String, Object> values, String... tensors) {
    Map<String, Tensor> all = new LinkedHashMap<>();
    for (String each : tensors) {
      all.put(each, Tensor.of(new float[] {1, 2, 3}, 3));
    }
    new Gguf(values, all).write(file);
  }

  private String refused() {
    CheckpointException error =
        assertThrows(CheckpointException.class, () -> ControlVector.read(file));
    assertThat(error).hasMessageThat().contains(file.toString());
    return String.valueOf(error.getMessage());
  }

  private String changed(Consumer<ByteBuffer> change) throws IOException {
    write();
    byte[] bytes = Files.readAllBytes(file);
    change.accept(ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN));
    Files.write(file, bytes);
    return refused();
  }

  @Test
  void whatWasWrittenIsRead() {
    Gguf found = Gguf.read(file);
    assertThat(found.values()).containsExactly("general.architecture", "controlvector");
    assertThat(found.tensors())
        .containsExactly(
            "direction.1",
            Tensor.of(new float[] {1, 2, 3}, 3),
            "direction.2",
            Tensor.of(new float[] {1, 2, 3}, 3));
  }

  @Test
  void otherFiles() throws IOException {
    assertThat(changed(bytes -> bytes.putInt(0, 0x12345678))).contains("begins with \"GGUF\"");
    assertThat(changed(bytes -> bytes.putInt(4, 1))).contains("version 2 or 3, found 1");
    assertThat(changed(bytes -> bytes.putInt(4, 3 << 24))).contains("for big-endian machines");
    Files.write(file, new byte[3]);
    assertThat(refused()).contains("expected the start of a GGUF file of 24 bytes, found 3");
    Files.delete(file);
    assertThat(refused()).contains("there is no such file");
    write(Map.of("general.architecture", "llama"), "direction.1");
    assertThat(refused()).contains("expected general.architecture = controlvector, found llama");
    write(Map.of(), "direction.1");
    assertThat(refused()).contains("found nothing");
  }

  @Test
  void numbersThatNothingBacks() throws IOException {
    assertThat(changed(bytes -> bytes.putLong(8, Long.MAX_VALUE))).contains("as many tensors as");
    assertThat(changed(bytes -> bytes.putLong(8, -1))).contains("found 18446744073709551615");
    assertThat(changed(bytes -> bytes.putLong(16, 1L << 40))).contains("as many values as");
    assertThat(changed(bytes -> bytes.putLong(FIRST_KEY, 1L << 33))).contains("expected a key of");
    int type = FIRST_KEY + 8 + "general.architecture".length();
    assertThat(changed(bytes -> bytes.putInt(type, 13))).contains("a type of GGUF, 0 to 12");
    assertThat(changed(bytes -> bytes.putInt(type, 9))).contains("values in a list");
    int axes = type + 4 + 8 + "controlvector".length() + 8 + "direction.1".length();
    assertThat(changed(bytes -> bytes.putInt(axes, 5))).contains("has 5 axes");
    assertThat(changed(bytes -> bytes.putLong(axes + 4, 1L << 40))).contains("an axis of");
    assertThat(changed(bytes -> bytes.putLong(axes + 4, 1 << 20))).contains("truncated");
    assertThat(changed(bytes -> bytes.putInt(axes + 12, 8))).contains("quantised tensors");
    assertThat(changed(bytes -> bytes.putLong(axes + 16, 32))).contains("expected 'direction.1'");
    assertThat(changed(bytes -> bytes.putLong(axes + 16, Long.MIN_VALUE))).contains("truncated");
  }

  @Test
  void whatIsNoControlVector() {
    Map<String, Object> values = new LinkedHashMap<>();
    values.put("general.architecture", "controlvector");
    write(values);
    assertThat(refused()).contains("expected a direction for one layer or more");
    write(values, "direction.1", "steering.2");
    assertThat(refused()).contains("expected tensors direction.<layer>, found 'steering.2'");
    write(values, "direction.1", "direction.01");
    assertThat(refused()).contains("the direction of layer 01 is there twice");
    values.put("controlvector.layer_count", 3L);
    write(values, "direction.1");
    assertThat(refused()).contains("layer_count = 3, but there are 1 directions");
    values.put("controlvector.layer_count", 1L);
    values.put("controlvector.normalize", "yes");
    write(values, "direction.1");
    assertThat(refused()).contains("controlvector.normalize=yes is no key of repeng");
  }

  /** Any damage is an error of ours, whatever byte it is in. */
  @Test
  void damagedFiles() throws IOException {
    byte[] whole = Files.readAllBytes(file);
    Random random = new Random(11);
    for (int i = 0; i < 500; i++) {
      byte[] changed = whole.clone();
      for (int n = 0; n <= i % 3; n++) {
        changed[random.nextInt(changed.length)] = (byte) random.nextInt();
      }
      Files.write(
          file, i % 5 == 0 ? Arrays.copyOf(changed, random.nextInt(whole.length)) : changed);
      try {
        assertThat(ControlVector.read(file)).isNotNull();
      } catch (CheckpointException e) {
        assertWithMessage("round %s", i).that(e).hasMessageThat().contains(file.toString());
      }
    }
  }
}
