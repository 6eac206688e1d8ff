package org.nnsight4j.engine;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Objects;
import java.util.stream.Stream;

/** The processor of this machine. */
final class Processor {
  private static final Path LINUX = Path.of("/proc/cpuinfo");

  private Processor() {}

  /** Its name and, where the system tells, its kind of vector instructions; may be empty. */
  static String name() {
    try (Stream<String> lines = Files.lines(LINUX)) {
      return text(lines.toList());
    } catch (IOException | RuntimeException e) {
      return Objects.toString(System.getenv("PROCESSOR_IDENTIFIER"), "");
    }
  }

  /** The widest vector instructions that libtorch chooses kernels by. */
  static String vectors() {
    String name = name();
    return name.contains("avx512f ") ? "avx512" : name.contains("avx2 ") ? "avx2" : "default";
  }

  private static String text(Iterable<String> lines) {
    StringBuilder text = new StringBuilder();
    for (String line : lines) {
      if (line.isBlank() && !text.isEmpty()) {
        // The other cores are the same.
        break;
      }
      String value = line.substring(line.indexOf(':') + 1).strip();
      if (line.startsWith("model name") || line.startsWith("CPU part")) {
        text.append(value).append(' ');
      } else if (line.startsWith("model\t") || line.startsWith("cpu family")) {
        text.append(value).append(' ');
      } else if (line.startsWith("flags")) {
        for (String set : new String[] {"avx2", "avx512f", "avx512_bf16", "amx_tile"}) {
          text.append((value + " ").contains(" " + set + " ") ? set + " " : "");
        }
      }
    }
    return text.toString();
  }
}
