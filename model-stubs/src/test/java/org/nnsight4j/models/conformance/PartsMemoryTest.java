package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What 180 patched rows take whose logits are 543 MB, each time in a process of its own. */
@Tag("nightly")
final class PartsMemoryTest {
  private static final String CONFIG =
      """
      {"model_type": "gpt2", "n_layer": 4, "n_embd": 256, "n_head": 4, "n_positions": 64,
       "vocab_size": 50257}
      """;

  private static final long LESS_KILOBYTES = 300_000;

  @TempDir private Path folder;

  @Test
  void partsTakeLessThanOneBatch() throws Exception {
    Path model = RandomCheckpoint.write(folder, CONFIG);
    Map<String, String> batch = probe(model, Long.MAX_VALUE);
    Map<String, String> parts = probe(model, 128L << 20);
    assertThat(batch).doesNotContainKey("parts");
    assertThat(parts.get("parts")).startsWith("180 rows in ");
    // Thousandths of a sum of 180 numbers.
    assertThat(Double.parseDouble(parts.get("sum")))
        .isWithin(2)
        .of(Double.parseDouble(batch.get("sum")));
    long most = Long.parseLong(batch.get("VmHWM"));
    assertWithMessage("in parts %s, in one batch %s", parts, batch)
        .that(Long.parseLong(parts.get("VmHWM")))
        .isLessThan(most - LESS_KILOBYTES);
  }

  private Map<String, String> probe(Path model, long bytes) throws Exception {
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Xmx128m",
                    "-Dai.djl.offline=true",
                    "-cp",
                    System.getProperty("java.class.path"),
                    PartsProbe.class.getName(),
                    model.toString(),
                    Long.toString(bytes)))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    int code = process.waitFor();
    assertWithMessage(Files.readString(output)).that(code).isEqualTo(0);
    Map<String, String> found = new TreeMap<>();
    for (String line : Files.readAllLines(output)) {
      String[] words = line.strip().split(" ", 2);
      if (words.length > 1) {
        found.put(words[0], words[1]);
      }
    }
    return found;
  }
}
