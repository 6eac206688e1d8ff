package org.nnsight4j.processor;

import java.io.File;
import java.io.IOException;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Locale;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;

/**
 * Measures what GPT-2's descriptor costs a warm javac. Not a test: clocks of shared machines are no
 * reason to fail. {@code docs/compile-time.md} has the command and the numbers.
 */
final class CompileTime {
  private static final int WARM_UP = 60;
  private static final int RUNS = 60;

  private CompileTime() {}

  /** Takes the descriptors' folder; prints the medians in milliseconds. */
  public static void main(String[] args) throws IOException {
    Path folder = Files.createTempDirectory("compile-time");
    Path sources = Path.of(args[0]);
    List<Path> descriptor = List.of(sources.resolve("Gpt2.java"));
    List<Path> pinned = new ArrayList<>(descriptor);
    pinned.add(sources.resolve("Gpt2Small.java"));
    Path use = Files.writeString(folder.resolve("Use.java"), callers());
    String processor = System.getProperty("java.class.path");
    String runtime =
        Arrays.stream(processor.split(File.pathSeparator))
            .filter(entry -> !entry.contains("processor") && !entry.contains("javapoet"))
            .collect(Collectors.joining(File.pathSeparator));
    String resources = args[1];

    long[] plain = new long[RUNS];
    long[] written = new long[RUNS];
    long[] both = new long[RUNS];
    long[] unchecked = new long[RUNS];
    long[] checked = new long[RUNS];
    List<Path> calls = Stream.concat(pinned.stream(), Stream.of(use)).toList();
    for (int i = -WARM_UP; i < RUNS; i++) {
      int run = Math.max(i, 0);
      plain[run] = compile(folder, descriptor, "-proc:none", "-cp", runtime);
      written[run] = compile(folder, descriptor, "-cp", runtime, "-processorpath", processor);
      both[run] =
          compile(
              folder,
              pinned,
              "-cp",
              runtime + File.pathSeparator + resources,
              "-processorpath",
              processor);
      unchecked[run] = compile(folder, calls, "-proc:none", "-cp", runtime);
      checked[run] =
          compile(folder, calls, "-proc:none", "-cp", runtime, "-processorpath", processor);
    }
    System.out.printf(
        Locale.ROOT,
        "descriptor alone %.1f ms; with processor and generated class %.1f ms; and Gpt2Small, pinned"
            + " %.1f ms; 1000 calls %.1f ms; with the plugin %.1f ms%n",
        median(plain),
        median(written),
        median(both),
        median(unchecked),
        median(checked));
  }

  /** A class with a thousand calls of layers. */
  private static String callers() {
    StringBuilder code = new StringBuilder("package use; class Use {\n");
    for (int method = 0; method < 100; method++) {
      code.append("  void use%s(org.nnsight4j.models.gpt2.Gpt2Small m) {\n".formatted(method));
      for (int call = 0; call < 10; call++) {
        code.append("    m.transformer().h(%s).output(0).add(1.0);\n".formatted(call));
      }
      code.append("  }\n");
    }
    return code + "}\n";
  }

  private static long compile(Path folder, List<Path> sources, String... options)
      throws IOException {
    Path output = Files.createTempDirectory(folder, "out");
    List<String> all = new ArrayList<>(List.of("-d", output.toString()));
    Collections.addAll(all, options);
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    long start = System.nanoTime();
    try (StandardJavaFileManager files = javac.getStandardFileManager(null, null, null)) {
      if (!javac
          .getTask(said, files, null, all, null, files.getJavaFileObjectsFromPaths(sources))
          .call()) {
        throw new IllegalStateException(said.toString());
      }
    }
    return System.nanoTime() - start;
  }

  private static double median(long[] nanoseconds) {
    long[] sorted = nanoseconds.clone();
    Arrays.sort(sorted);
    return sorted[sorted.length / 2] / 1e6;
  }
}
