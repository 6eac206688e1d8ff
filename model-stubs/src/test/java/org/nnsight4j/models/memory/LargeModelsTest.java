package org.nnsight4j.models.memory;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What models of published sizes take of memory, each in a process of its own. */
@Tag("nightly")
final class LargeModelsTest {
  private static final long GIB = 1L << 30;

  @TempDir private Path folder;

  @Test
  void aModelOf1bTakesItsFileAndAQuarterAndHasTheBitsOfWeightsConvertedBefore() throws Exception {
    requireMemory(12);
    Path model = LlamaShape.OF_1B.write(folder.resolve("1b"));
    Map<String, String> usual = probe(model, 512L << 20, 4);
    assertFits(usual, model);
    assertThat(usual.get("precision"))
        .isEqualTo("FLOAT32 on cpu, weights BFLOAT16, converted at each use");
    Map<String, String> before = probe(model, Long.MAX_VALUE, 4);
    assertThat(usual.get("hidden")).isEqualTo(before.get("hidden"));
    assertThat(usual.get("ids")).isEqualTo(before.get("ids"));
  }

  /** Own command: {@code -Pnightly -Dtest=LargeModelsTest -Dnnsight4j.large=true}; minutes. */
  @Test
  void aModelOf8bGivesATokenOnAMachineOf24GiB() throws Exception {
    assumeTrue(Boolean.getBoolean("nnsight4j.large"), "16 GB are read only if asked for");
    Path model = LlamaShape.OF_8B.write(folder.resolve("8b"));
    Map<String, String> usual = probe(model, 512L << 20, 1);
    assertFits(usual, model);
    assertThat(usual.get("ids")).isNotEmpty();
  }

  private static void assertFits(Map<String, String> probe, Path model) throws IOException {
    long file = Files.size(model.resolve("model.safetensors"));
    long most = 1024 * Long.parseLong(probe.get("VmHWM"));
    assertWithMessage("resident at most, against a file of %s: %s", file, probe)
        .that(most)
        .isAtMost(file + file / 4);
  }

  private static void requireMemory(long gib) throws IOException {
    long available =
        Files.readAllLines(Path.of("/proc/meminfo")).stream()
            .filter(line -> line.startsWith("MemAvailable"))
            .mapToLong(line -> 1024 * Long.parseLong(line.replaceAll("[^0-9]", "")))
            .findFirst()
            .orElse(0);
    assumeTrue(available > gib * GIB, "needs " + gib + " GiB that nobody uses");
  }

  private Map<String, String> probe(Path model, long convertUpTo, int newTokens) throws Exception {
    Path output = folder.resolve("output");
    Process process =
        new ProcessBuilder(
                List.of(
                    Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                    "-Dai.djl.offline=true",
                    "-cp",
                    System.getProperty("java.class.path"),
                    MemoryProbe.class.getName(),
                    model.toString(),
                    Long.toString(convertUpTo),
                    Integer.toString(newTokens),
                    "FLOAT32"))
            .redirectErrorStream(true)
            .redirectOutput(output.toFile())
            .start();
    int code = process.waitFor();
    assertWithMessage(Files.readString(output)).that(code).isEqualTo(0);
    Map<String, String> found = new TreeMap<>();
    for (String line : Files.readAllLines(output)) {
      int space = line.indexOf(' ');
      if (space > 0) {
        found.put(line.substring(0, space), line.substring(space + 1));
      }
    }
    return found;
  }
}
