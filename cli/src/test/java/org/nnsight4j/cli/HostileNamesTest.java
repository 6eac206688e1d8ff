package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.Set;
import java.util.TreeSet;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Index;

/** Text from a file is neither code nor a command for the terminal. */
final class HostileNamesTest {
  private static final List<String> PIECES =
      List.of(
          "\"",
          "\\",
          "\\u0022",
          "\\\\u0022",
          "\\u002a\\u002f",
          "\\uuu0022",
          "*/",
          "/*",
          "//",
          "'",
          "\\n",
          "\\",
          "${x}",
          "$L",
          "$S",
          "$T",
          "$$",
          "$",
          "$W",
          "$>",
          "%s",
          "%s",
          "%n",
          "%",
          "{@code",
          "}",
          "{",
          "@At",
          "@",
          "<script>",
          "&lt;",
          "<!--",
          "]]>",
          ";",
          ")",
          "(",
          ");System.exit(3);//",
          "static{System.exit(3);}",
          "\u00e9",
          "\u6771\u4eac",
          "\u202e",
          "\u200d",
          "\ufeff",
          "\ud83d\ude00",
          "int",
          "class",
          "String",
          "Object",
          "Override",
          "getClass",
          "scope",
          "Layer",
          "Axis",
          "input",
          "apply",
          "0",
          "1",
          "-1",
          "007",
          "_",
          "__",
          "weight",
          "h",
          "layers",
          "\u0130",
          "\u0131",
          "null");

  @TempDir private Path folder;

  private final StringWriter out = new StringWriter();
  private final StringWriter err = new StringWriter();
  private @Nullable URLClassLoader loader;

  @AfterEach
  void close() throws IOException {
    if (loader != null) {
      loader.close();
    }
  }

  /** Hundreds of names, each compiled and looked for where it should be. */
  @Test
  void aDescriptorHasTheNamesAndNothingElse() throws Exception {
    checkNames(1);
  }

  @ParameterizedTest
  @ValueSource(longs = {2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13})
  @Tag("nightly")
  void withManyMoreNames(long seed) throws Exception {
    checkNames(seed);
  }

  private void checkNames(long seed) throws Exception {
    Random random = new Random(seed);
    Set<String> modules = new TreeSet<>();
    while (modules.size() < 250) {
      StringBuilder path = new StringBuilder(name(random));
      for (int depth = random.nextInt(3); depth > 0; depth--) {
        path.append('.').append(name(random));
      }
      modules.add(path.toString());
    }
    String architecture = name(random);
    Path checkpoint = checkpoint(architecture, modules, "{}");

    Class<?> descriptor = described(checkpoint);

    assertThat(descriptor.getAnnotation(Architecture.class).value()).isEqualTo(architecture);
    Set<String> found = new TreeSet<>();
    collect(descriptor, "", found);
    assertThat(found).containsAtLeastElementsIn(modules);
    for (Class<?> each : descriptor.getDeclaredClasses()) {
      assertThat(each.isInterface()).isTrue();
      assertThat(each.getDeclaredFields()).isEmpty();
    }
  }

  private static String name(Random random) {
    StringBuilder name = new StringBuilder();
    for (int i = random.nextInt(4); i >= 0; i--) {
      name.append(PIECES.get(random.nextInt(PIECES.size())));
    }
    return name.toString().replace(".", "");
  }

  private static void collect(Class<?> layer, String prefix, Set<String> found) {
    for (Method method : layer.getDeclaredMethods()) {
      At at = method.getAnnotation(At.class);
      String path = prefix + (at == null ? method.getName() : at.value());
      if (method.getParameterCount() == 1) {
        path += ".*";
      }
      found.add(path);
      if (method.getReturnType().getEnclosingClass() != null) {
        collect(method.getReturnType(), path + ".", found);
      }
    }
  }

  /** Experts are counted by a key of theirs, and a list that no key counts by itself. */
  @Test
  void listsInsideLayers() throws Exception {
    Set<String> modules = new TreeSet<>();
    for (int layer = 0; layer < 2; layer++) {
      for (int expert = 0; expert < 4; expert++) {
        modules.add("model.layers.%s.mlp.experts.%s.up_proj".formatted(layer, expert));
      }
      modules.add("model.layers.%s.mlp.gate".formatted(layer));
      modules.add("model.layers.%s.norms.0".formatted(layer));
      modules.add("model.layers.%s.norms.1".formatted(layer));
    }
    modules.add("head.0");
    modules.add("head.2");
    Path checkpoint =
        checkpoint(
            "unheard-of",
            modules,
            "{\"num_hidden_layers\": 2, \"num_local_experts\": 4, \"num_experts_per_tok\": 2}");

    Class<?> descriptor = described(checkpoint);

    Set<String> found = new TreeSet<>();
    collect(descriptor, "", found);
    assertThat(found)
        .containsExactly(
            "head.0",
            "head.2",
            "model",
            "model.layers.*",
            "model.layers.*.mlp",
            "model.layers.*.mlp.experts.*",
            "model.layers.*.mlp.experts.*.up_proj",
            "model.layers.*.mlp.gate",
            "model.layers.*.norms.0",
            "model.layers.*.norms.1");
    assertThat(index(descriptor, "Model2", "layers")).isEqualTo("num_hidden_layers 2");
    assertThat(index(descriptor, "Mlp", "experts")).isEqualTo("num_local_experts 4");
  }

  /** As many experts as layers: the number alone does not say which key it is. */
  @Test
  void aKeyIsChosenByItsName() throws Exception {
    Set<String> modules = new TreeSet<>();
    for (int i = 0; i < 2; i++) {
      modules.add("layers.%s.experts.0.fc".formatted(i));
      modules.add("layers.%s.experts.1.fc".formatted(i));
    }
    String counts = "{\"a_num_experts\": 2, \"num_hidden_layers\": 2}";
    Class<?> descriptor = described(checkpoint("unheard-of", modules, counts));
    assertThat(index(descriptor, "", "layers")).isEqualTo("num_hidden_layers 2");
    assertThat(index(descriptor, "Block", "experts")).isEqualTo("a_num_experts 2");
  }

  private static String index(Class<?> descriptor, String type, String method) throws Exception {
    Class<?> owner =
        type.isEmpty()
            ? descriptor
            : descriptor.getClassLoader().loadClass(descriptor.getName() + "$" + type);
    Index index = owner.getMethod(method, int.class).getParameters()[0].getAnnotation(Index.class);
    return index.value() + " " + index.count();
  }

  @ParameterizedTest
  @ValueSource(strings = {"layer", "index", "hidden", "string", "int", "1", "-", "width4"})
  void anyNameOfAFolderGivesAClass(String name) throws Exception {
    Path checkpoint =
        checkpoint("unheard-of", Set.of("hidden.layer", "width"), "{\"hidden_size\": 2}");
    Path moved = Files.move(checkpoint, folder.resolve(name));
    described(moved);
  }

  @ParameterizedTest
  @ValueSource(strings = {"a b", "a\n", "\u001b[2J", "a..b", ".a", "\u0000", "*", "a.*.b"})
  void namesThatADescriptorCannotHaveAreRefusedOnOneLine(String name) throws Exception {
    Path checkpoint = checkpoint("unheard-of", Set.of(name), "{}");
    assertThat(execute("describe", checkpoint.toString(), "--java", "--out", folder.toString()))
        .isEqualTo(1);
    assertThat(err.toString().lines().count()).isEqualTo(1);
    assertThat(err.toString().strip().chars().noneMatch(Character::isISOControl)).isTrue();
  }

  @Test
  void theTerminalGetsNoControlCharacters() throws Exception {
    Set<String> modules =
        new TreeSet<>(Set.of("a\nforged 1", "\u001b[2Jb", "c\rd", "e\u009b", "f\u202eg"));
    Path checkpoint = checkpoint("gpt\u001b[31m\nforged", modules, "{\"n_layer\": 2}");
    assertThat(execute("describe", checkpoint.toString())).isEqualTo(0);
    assertClean(out.toString());
    assertThat(out.toString().lines().filter(line -> line.startsWith("forged"))).isEmpty();
    assertThat(out.toString()).contains("a\\nforged 1 ");
  }

  /** Not even what the model says after a prompt: it repeats it. */
  @Test
  void promptsAreShown() {
    String prompt = "The \u001b]0;title\u0007 of\rx";
    assertThat(execute("run", prompt)).isEqualTo(0);
    assertThat(execute("lens", prompt)).isEqualTo(0);
    assertThat(execute("run", "--model", "none\u001b[2J\nforged", "a")).isEqualTo(1);
    assertThat(execute("run", "--top-k=\u001b[2J\nx", "a")).isEqualTo(2);
    assertThat(execute("run", "--stacktrace", "--model", "none\u001b[2J\nforged", "a"))
        .isEqualTo(1);
    assertClean(out.toString());
    assertClean(err.toString());
    assertThat(err.toString().lines().filter(line -> line.startsWith("forged"))).isEmpty();
  }

  private static void assertClean(String printed) {
    assertWithMessage(printed)
        .that(
            printed
                .chars()
                .filter(c -> Character.isISOControl(c) && c != '\n' && c != '\t')
                .boxed())
        .isEmpty();
  }

  /** Writes a descriptor with its snapshot, compiles them with the processor, and loads it. */
  private Class<?> described(Path checkpoint) throws Exception {
    Path home = Files.createDirectories(folder.resolve("src/org/example"));
    int exit =
        execute(
            "describe",
            checkpoint.toString(),
            "--snapshot",
            "--java",
            "--package=org.example",
            "--out",
            home.toString());
    assertWithMessage(err.toString()).that(exit).isEqualTo(0);
    Path source = Path.of(out.toString().lines().toList().get(1).replaceFirst(" written$", ""));
    assertThat(Files.readString(source, StandardCharsets.US_ASCII)).isNotEmpty();
    Path classes = Files.createDirectories(folder.resolve("classes"));
    StringWriter said = new StringWriter();
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    try (StandardJavaFileManager files = javac.getStandardFileManager(null, null, null)) {
      javac
          .getTask(
              said,
              files,
              null,
              List.of(
                  "-Xlint:all,-processing,-serial,-options",
                  "-encoding",
                  "US-ASCII",
                  "-sourcepath",
                  folder.resolve("src").toString(),
                  "-cp",
                  System.getProperty("java.class.path"),
                  "-d",
                  classes.toString()),
              null,
              files.getJavaFileObjects(source))
          .call();
    }
    assertThat(said.toString()).isEmpty();
    loader = new URLClassLoader(new URL[] {classes.toUri().toURL()}, getClass().getClassLoader());
    return loader.loadClass("org.example." + source.getFileName().toString().replace(".java", ""));
  }

  /** Each module has a weight of [2, 2]. */
  private Path checkpoint(String architecture, Set<String> modules, String config)
      throws Exception {
    ObjectMapper json = new ObjectMapper();
    Map<String, Object> header = new LinkedHashMap<>();
    int offset = 0;
    for (String module : modules) {
      header.put(
          module + ".weight",
          Map.of(
              "dtype",
              "F32",
              "shape",
              List.of(2, 2),
              "data_offsets",
              List.of(offset, offset + 16)));
      offset += 16;
    }
    byte[] text = json.writeValueAsBytes(header);
    ByteBuffer file = ByteBuffer.allocate(8 + text.length + offset).order(ByteOrder.LITTLE_ENDIAN);
    file.putLong(text.length).put(text);
    Path checkpoint = Files.createDirectory(folder.resolve("model"));
    Files.write(checkpoint.resolve("model.safetensors"), file.array());
    Map<String, Object> settings = new LinkedHashMap<>();
    json.readTree(config)
        .properties()
        .forEach(entry -> settings.put(entry.getKey(), entry.getValue()));
    settings.put("model_type", architecture);
    Files.write(checkpoint.resolve("config.json"), json.writeValueAsBytes(settings));
    return checkpoint;
  }

  private int execute(String... words) {
    PrintWriter told = new PrintWriter(out, true);
    return Main.command(words).setOut(told).setErr(new PrintWriter(err, true)).execute(words);
  }
}
