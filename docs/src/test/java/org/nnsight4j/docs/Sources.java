package org.nnsight4j.docs;

import com.google.common.io.MoreFiles;
import com.google.common.io.RecursiveDeleteOption;
import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.io.PrintStream;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.cli.Main;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;

/** Where the text of a marked fence really comes from. */
final class Sources {
  private static final Path SAMPLES = Path.of("../samples/src/main/java/org/nnsight4j/samples");
  private static final Path MISTAKES = Path.of("src/test/resources/mistakes");

  private Sources() {}

  /** The source of a test class of any module. */
  static String tests(String name) throws IOException {
    StringBuilder found = new StringBuilder();
    for (String module : List.of("runtime", "processor", "model-stubs", "cli", "samples")) {
      try (Stream<Path> files = Files.walk(Path.of("..", module, "src/test/java"))) {
        for (Path file : files.filter(each -> each.endsWith(name + ".java")).toList()) {
          found.append(Files.readString(file));
        }
      }
    }
    return found.toString();
  }

  /** A file for jshell or JBang, whose coordinates are those of this build. */
  private static String script(String name) throws IOException {
    Path file = Path.of("../samples/src/main/scripts", name);
    String text = Files.readString(file);
    if (!text.equals(Poms.withShortVersions(text))) {
      throw new AssertionError(
          "the versions in %s are not those of the parent pom".formatted(file));
    }
    return text;
  }

  /** The names of the cookbook's programs. */
  static List<String> cookbook() throws IOException {
    try (Stream<Path> files = Files.list(SAMPLES.resolve("cookbook"))) {
      return files
          .map(file -> file.getFileName().toString().replace(".java", ""))
          .filter(name -> !name.equals("package-info"))
          .sorted()
          .toList();
    }
  }

  /** The text that the fence should have. */
  static String of(Fence fence) throws Exception {
    return switch (fence.kind()) {
      case "snippet" -> snippet(fence.name());
      case "consumer" -> consumer(fence.name());
      case "program" -> program(fence.name());
      case "prints" -> prints(fence.name());
      case "javac" -> javac(fence.name());
      case "source" -> source(fence);
      case "mistake" -> ErrorPages.source(fence.name());
      case "error" -> ErrorPages.output(fence.name());
      case "cli" -> cli(fence.text());
      case "pom" -> Poms.withVersions(fence.text());
      case "coordinates" -> Poms.withShortVersions(fence.text());
      case "script" -> script(fence.name());
      case "command" -> fence.text();
      case "graph" -> Graphs.json(fence.name());
      default ->
          throw new AssertionError(
              "a fence needs a comment before it that says where its text comes from; the kinds are"
                  + " snippet, consumer, program, prints, javac, mistake, error, cli, pom, coordinates, script, graph and command. Found: "
                  + fence);
    };
  }

  /** A whole file without package, imports and the comment of its type, or code of the page. */
  private static String source(Fence fence) throws IOException {
    return fence.name().equals("lines")
        ? fence.text()
        : Files.readString(Path.of("..").resolve(fence.name()))
            .replaceFirst("(?s)^package .*?\\n \\*/\\n", "");
  }

  /**
   * A whole sample, to be pasted into a project's root package; what it prints has lines of its
   * source, so the line of the package is not left out but says where the file goes.
   */
  private static String program(String name) throws IOException {
    return Files.readString(SAMPLES.resolve(name.replace('.', '/') + ".java"))
        .replaceFirst(
            "^package .*;\n",
            "// src/main/java/%s.java\n".formatted(name.substring(name.lastIndexOf('.') + 1)));
  }

  /** The lines of a sample between {@code // snippet: name} and {@code // end}. */
  private static String snippet(String name) throws IOException {
    String[] parts = name.split("\\.");
    return region(SAMPLES.resolve(parts[0] + ".java"), parts[1]);
  }

  /** The same of a project of {@code consumers}: {@code langchain4j/Guide.model}. */
  private static String consumer(String name) throws IOException {
    String[] parts = name.split("[/.]");
    return region(
        Path.of("../consumers/src/it", parts[0], "src/main/java/org/example", parts[1] + ".java"),
        parts[2]);
  }

  private static String region(Path file, String name) throws IOException {
    String source = Files.readString(file);
    Matcher region =
        Pattern.compile("(?ms)^ *// snippet: " + name + "\\n(.*?)^ *// end$").matcher(source);
    if (!region.find()) {
      throw new AssertionError("there is no '// snippet: %s' in %s".formatted(name, file));
    }
    return closed(region.group(1).stripTrailing().stripIndent() + "\n");
  }

  /** A region may end before the closing braces of its blocks. */
  private static String closed(String code) {
    StringBuilder text = new StringBuilder(code);
    long open = code.chars().filter(c -> c == '{').count();
    long shut = code.chars().filter(c -> c == '}').count();
    for (long depth = open - shut; depth > 0; depth--) {
      text.append("  ".repeat((int) depth - 1)).append("}\n");
    }
    return text.toString();
  }

  /** What a sample prints: its main method, or one method as in {@code Tour.reading}. */
  private static String prints(String name) throws Exception {
    PrintStream console = System.out;
    ByteArrayOutputStream bytes = new ByteArrayOutputStream();
    System.setOut(new PrintStream(bytes, true, StandardCharsets.UTF_8));
    try {
      run(name);
    } finally {
      System.setOut(console);
    }
    return bytes.toString(StandardCharsets.UTF_8).replace("\r\n", "\n");
  }

  private static void run(String name) throws ReflectiveOperationException {
    String[] parts = name.split("\\.");
    // shallow.TraceShallow is a class in a package, Tour.reading a method.
    boolean isMethod = parts.length == 2 && Character.isUpperCase(name.charAt(0));
    Class<?> sample = Class.forName("org.nnsight4j.samples." + (isMethod ? parts[0] : name));
    if (!isMethod) {
      sample.getMethod("main", String[].class).invoke(null, (Object) new String[0]);
      return;
    }
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      Constructor<?> constructor = sample.getDeclaredConstructor(LanguageModel.class);
      Method method = sample.getDeclaredMethod(parts[1]);
      constructor.setAccessible(true);
      method.setAccessible(true);
      method.invoke(constructor.newInstance(gpt2));
    }
  }

  /** What javac says about a file of {@code mistakes}. */
  private static String javac(String name) throws IOException {
    JavaCompiler compiler = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    Path classes = Files.createTempDirectory("mistakes");
    Path file = MISTAKES.resolve(name + ".java");
    try (StandardJavaFileManager files =
        compiler.getStandardFileManager(null, Locale.ENGLISH, StandardCharsets.UTF_8)) {
      boolean compiles =
          compiler
              .getTask(
                  said,
                  files,
                  null,
                  List.of(
                      "-proc:none",
                      "-d",
                      classes.toString(),
                      "-cp",
                      System.getProperty("java.class.path")),
                  null,
                  files.getJavaFileObjects(file))
              .call();
      if (compiles) {
        throw new AssertionError(file + " compiles, but should not");
      }
    } finally {
      MoreFiles.deleteRecursively(classes, RecursiveDeleteOption.ALLOW_INSECURE);
    }
    return said.toString()
        .replace("\r\n", "\n")
        .replace(file.toString(), file.getFileName().toString())
        .replaceAll("(?m)^\\d+ errors?\\n", "");
  }

  /** Runs each line that begins with {@code $ nnsight4j}, and shows what it prints below it. */
  private static String cli(String transcript) {
    StringBuilder text = new StringBuilder();
    transcript
        .lines()
        .filter(line -> line.startsWith("$ nnsight4j "))
        .forEach(
            line -> {
              StringWriter printed = new StringWriter();
              PrintWriter writer = new PrintWriter(printed, true);
              String[] words = words(line.substring("$ nnsight4j ".length()));
              Main.command(words).setOut(writer).setErr(writer).execute(words);
              writer.flush();
              text.append(line).append('\n').append(printed.toString().replace("\r\n", "\n"));
            });
    return text.toString();
  }

  private static String[] words(String line) {
    return Pattern.compile("\"([^\"]*)\"|(\\S+)")
        .matcher(line)
        .results()
        .map(word -> word.group(1) == null ? word.group(2) : word.group(1))
        .toArray(String[]::new);
  }
}
