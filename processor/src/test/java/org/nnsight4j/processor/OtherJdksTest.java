package org.nnsight4j.processor;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static java.nio.charset.StandardCharsets.UTF_8;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.Properties;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.arch.Architecture;

/** The processor in the javac of the oldest JDK we promise, and of the newest one installed. */
class OtherJdksTest {
  @TempDir Path output;
  private Process process;
  private BufferedReader answers;

  private record Jdk(Path home, Runtime.Version version) {
    Path javac() {
      return tool("javac");
    }

    Path java() {
      return tool("java");
    }

    private Path tool(String name) {
      boolean windows = File.separatorChar == '\\';
      return home.resolve("bin").resolve(windows ? name + ".exe" : name);
    }
  }

  private record Outcome(int exit, String text) {}

  @Test
  void runsOnTheOldest() throws Exception {
    Optional<Jdk> oldest = oldest();
    assumeTrue(oldest.isPresent(), "no JDK 17 found");
    compilesAndComplains(oldest.get());
  }

  @Test
  void runsOnTheNewest() throws Exception {
    Optional<Jdk> newest = newest();
    assumeTrue(newest.isPresent(), "no JDK newer than 17 found: set JAVA_HOME_25, say");
    compilesAndComplains(newest.get());
  }

  private static Optional<Jdk> oldest() throws IOException {
    return jdks().stream().filter(jdk -> jdk.version().feature() == 17).findFirst();
  }

  private static Optional<Jdk> newest() throws IOException {
    return jdks().stream()
        .max(Comparator.comparing(Jdk::version))
        .filter(jdk -> jdk.version().feature() > 17);
  }

  /** In this JDK, GoodDescriptorsTest compiles them, with the same options and no new process. */
  @Test
  @Tag("nightly")
  void compileEachGoodDescriptorWithoutAWarning() throws Exception {
    List<Jdk> others =
        Stream.concat(oldest().stream(), newest().stream())
            .filter(jdk -> jdk.version().feature() != Runtime.version().feature())
            .toList();
    for (Jdk jdk : others) {
      start(jdk);
      for (Path source : Javac.sourcesIn("good")) {
        // A class of a file of another name is the author's affair, and no annotation hides it.
        String name = "good/" + source.getFileName();
        if (!name.contains("Pinned")) { // whose snapshot lies elsewhere
          Outcome strict = javac(name, "-Xlint:all,-auxiliaryclass", "-Werror");
          assertWithMessage("%s: %s", jdk, strict.text()).that(strict.exit()).isEqualTo(0);
        }
      }
    }
  }

  private void compilesAndComplains(Jdk jdk) throws Exception {
    start(jdk);
    // Alone on the processor path, so that it claims its annotations: nothing of -Xlint is off.
    Outcome good = javac("good/Gpt2.java", "-Xlint:all", "-Werror");
    assertWithMessage("%s: %s", jdk, good.text()).that(good.exit()).isEqualTo(0);
    assertThat(Files.exists(output.resolve("good/Gpt2Model.class"))).isTrue();

    Outcome bad = javac("bad/IndexMissing.java");
    assertThat(bad.exit()).isEqualTo(1);
    assertThat(bad.text())
        .contains("IndexMissing.java:7: error: [IndexMissing] nothing says how many there are");
    assertThat(bad.text()).contains("1 error");

    for (List<String> options :
        List.of(List.<String>of(), List.of("--release", "17"), List.of("-proc:none"))) {
      Outcome range = javac("bad/IndexRangeForms.java", options.toArray(new String[0]));
      assertWithMessage("%s %s", jdk, options).that(range.exit()).isEqualTo(1);
      assertThat(range.text())
          .contains(
              "IndexRangeForms.java:16: error: [IndexRange] h(12) does not exist: IndexRangeForms");
      assertThat(range.text()).contains("15 errors");
    }
    Outcome width = javac("bad/WrongWidth.java");
    assertThat(width.text().lines().filter(line -> line.contains(".java:")).toList()).hasSize(2);
    assertThat(width.text())
        .contains("WrongWidth.java:13: error: no suitable method found for add(Value<Vocab>)");
    assertThat(width.text()).contains("WrongWidth.java:13: Note: [WrongWidth] add needs a value");
    assertThat(width.text()).contains("1 error");

    Outcome unchecked = javac("bad/IndexRangeForms.java", "-proc:only");
    assertWithMessage("%s: %s", jdk, unchecked.text()).that(unchecked.exit()).isEqualTo(0);
  }

  /** Starts {@link JavacCalls} on this JDK. */
  private void start(Jdk jdk) throws IOException {
    stop();
    process =
        new ProcessBuilder(
                jdk.java().toString(),
                "-XX:TieredStopAtLevel=1", // It is over before better code is compiled.
                "-XX:+UseSerialGC",
                "-cp",
                place(JavacCalls.class),
                JavacCalls.class.getName())
            .redirectError(ProcessBuilder.Redirect.INHERIT)
            .start();
    answers = process.inputReader(UTF_8);
  }

  @AfterEach
  void stop() {
    if (process != null) {
      process.destroyForcibly();
    }
  }

  private Outcome javac(String source, String... options) throws Exception {
    List<String> call = new ArrayList<>();
    call.addAll(
        List.of(
            "-cp",
            place(Architecture.class),
            "-processorpath",
            Stream.of(ArchitectureProcessor.class, com.palantir.javapoet.JavaFile.class)
                .map(OtherJdksTest::place)
                .collect(joining(File.pathSeparator)),
            "-d",
            output.toString()));
    call.addAll(List.of(options));
    call.add(Javac.resource(source).toString());
    process.getOutputStream().write((String.join("\t", call) + "\n").getBytes(UTF_8));
    process.getOutputStream().flush();
    String[] answer = Objects.requireNonNull(answers.readLine(), "the JVM ended").split(" ", -1);
    return new Outcome(
        Integer.parseInt(answer[0]), new String(Base64.getDecoder().decode(answer[1]), UTF_8));
  }

  private static String place(Class<?> type) {
    try {
      return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI()).toString();
    } catch (java.net.URISyntaxException e) {
      throw new IllegalArgumentException(e);
    }
  }

  private static List<Jdk> jdks() throws IOException {
    List<Path> homes = new ArrayList<>();
    homes.add(Path.of(System.getProperty("java.home")));
    for (Map.Entry<String, String> variable : System.getenv().entrySet()) {
      if (variable.getKey().startsWith("JAVA_HOME")) {
        homes.add(Path.of(variable.getValue()));
      }
    }
    String user = System.getProperty("user.home");
    for (Path folder :
        List.of(
            Path.of("/usr/lib/jvm"),
            Path.of("/opt"),
            Path.of("/Library/Java/JavaVirtualMachines"),
            Path.of("C:/Program Files/Java"),
            Path.of("C:/Program Files/Eclipse Adoptium"),
            Path.of(user, ".jdks"),
            Path.of(user, ".sdkman/candidates/java"))) {
      if (Files.isDirectory(folder)) {
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
          for (Path entry : entries) {
            homes.add(entry);
            homes.add(entry.resolve("Contents/Home"));
          }
        }
      }
    }
    List<Jdk> jdks = new ArrayList<>();
    for (Path home : homes) {
      Path release = home.resolve("release");
      if (Files.isRegularFile(release)) {
        Properties properties = new Properties();
        try (var reader = Files.newBufferedReader(release)) {
          properties.load(reader);
        }
        String version = properties.getProperty("JAVA_VERSION", "\"0\"").replace("\"", "");
        // JDK 8 calls itself 1.8.0_1, which is no version to newer ones.
        if (version.matches("\\d+(\\.\\d+)*") && !version.startsWith("1.")) {
          Jdk jdk = new Jdk(home, Runtime.Version.parse(version.replaceAll("(\\.0)+$", "")));
          if (Files.isExecutable(jdk.javac())) {
            jdks.add(jdk);
          }
        }
      }
    }
    return jdks;
  }
}
