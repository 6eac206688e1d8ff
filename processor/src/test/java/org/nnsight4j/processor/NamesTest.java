package org.nnsight4j.processor;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.IOException;
import java.io.StringWriter;
import java.lang.reflect.Method;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.Charset;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/**
 * Whatever a descriptor's author calls things, javac finds no fault with the generated class: it
 * compiles without a warning and knows its paths, or the processor says what to rename.
 *
 * <p>Each pair of a role and a name is a descriptor in a package of its own; then pairs of pairs
 * follow. What Java itself refuses is left out.
 */
class NamesTest {
  private static final List<String> NAMES =
      List.of(
          // What generated code says, its types, those of its bases, and its own.
          "scope",
          "path",
          "child",
          "item",
          "index",
          "bind",
          "architecture",
          "output",
          "skip",
          "Scope",
          "Node",
          "Layer",
          "LayerNode",
          "TupleLayerNode",
          "Model",
          "Index",
          "Axis",
          "Generated",
          "Toy",
          "ToyModel",
          "Block__Node",
          "block__Node",
          // Packages, and java.lang, whose names need no import.
          "org",
          "java",
          "javax",
          "nnsight4j",
          "good",
          "String",
          "Object",
          "Override",
          "SuppressWarnings",
          "IllegalStateException",
          "Integer",
          // Methods of every object, and words that are only sometimes reserved.
          "toString",
          "equals",
          "clone",
          "finalize",
          "wait",
          "var",
          "yield",
          "record",
          "when",
          // Letters of all kinds, some of which mean something to JavaPoet.
          "$",
          "a$b",
          "$L",
          "$T",
          "é",
          "名前",
          "𝒳",
          "x\u0301");

  /** Where a name can stand; {@code ~} is the name, everything else a descriptor that is right. */
  private enum Role {
    CONSTANT_OF_ROOT("ROOT", "int ~ = 1;"),
    CONSTANT_OF_BLOCK("BLOCK", "int ~ = 1;"),
    MEMBER_TYPE_OF_ROOT("ROOT", "interface ~ {}"),
    MEMBER_TYPE_OF_BLOCK("BLOCK", "class ~ {}"),
    MEMBER_TYPE_OF_PARENT("PARENT", "enum ~ {}"),
    NEIGHBOUR("FILE", "interface ~ {}"),
    CHILD("ROOT", "LAYER<HIDDEN> ~();"),
    CHILD_OF_BLOCK("BLOCK", "Second__ ~();"),
    REPEATED("BLOCK", "LAYER<HIDDEN> ~(INDEX(\"n\") int layer);"),
    PARAMETER("ROOT", "AT(\"p\") LAYER<HIDDEN> parameters(INDEX(\"n\") int ~);"),
    DEFAULT("BLOCK", "default int ~() { return 1; }"),
    DEFAULT_OF_ONE("ROOT", "default void ~(CharSequence text) {}"),
    DEFAULT_OF_ANY("BLOCK", "default <T> T ~(T some) { return some; }"),
    DEFAULT_OF_THREE("BLOCK", "default void ~(Object a, int b, Object c) {}"),
    STATIC("ROOT", "static int ~(CharSequence text) { return 1; }"),
    NESTED_LAYER("ROOT", "AT(\"nested\") ~ nestedLayer(); interface ~ extends TUPLE<HIDDEN> {}"),
    NEIGHBOUR_LAYER("BOTH", "AT(\"beside\") ~ besides();|interface ~ extends TUPLE<HIDDEN> {}"),
    WIDTH("ROOT", "AT(\"wide\") LAYER<~> wide(); interface ~ extends AXIS {}"),
    NEIGHBOUR_WIDTH("BOTH", "AT(\"wide\") SITE<~> wider();|interface ~ extends AXIS {}"),
    FAULTY_PARAMETER("BOTH", "LAYER<HIDDEN> faulty(~[] some);|class ~ {}"),
    PARENT("HEAD", ", ~|interface ~ { LAYER<HIDDEN> inherited(); }");

    final String place;
    final String text;

    Role(String place, String text) {
      this.place = place;
      this.text = text;
    }
  }

  private record Use(Role role, String name) {}

  private record Case(String home, List<Use> uses) {
    @Override
    public String toString() {
      return uses + " in " + home;
    }
  }

  // Classes become files, and a system in the locale C writes ASCII alone.
  private static final Charset FILES = Charset.forName(System.getProperty("sun.jnu.encoding"));

  private static final Pattern HOME = Pattern.compile("good/(\\w+)/");

  @TempDir Path output;

  /** Each name in some roles, and each role with some names. */
  @Test
  void namesInRoles() throws Exception {
    verifySome(18);
  }

  @Test
  @Tag("nightly")
  void eachNameInEachRole() throws Exception {
    verifySome(1);
  }

  private void verifySome(int every) throws Exception {
    List<Case> cases = new ArrayList<>();
    for (Role role : Role.values()) {
      for (String name : NAMES) {
        if ((role.ordinal() + NAMES.indexOf(name)) % every == 0
            && FILES.newEncoder().canEncode(name)) {
          cases.add(new Case("good.p" + cases.size(), List.of(new Use(role, name))));
        }
      }
    }
    verify(cases);
  }

  /** Names that do no harm alone: one hides a type, the other the package to write it with. */
  @Test
  void twoNamesInTwoRoles() throws Exception {
    verifyPairs(List.of("scope", "org"));
  }

  @Test
  @Tag("nightly")
  void moreNamesInTwoRoles() throws Exception {
    verifyPairs(List.of("scope", "org", "java", "Scope", "String", "LayerNode"));
  }

  private void verifyPairs(List<String> names) throws Exception {
    List<Role> roles =
        List.of(
            Role.CONSTANT_OF_ROOT,
            Role.MEMBER_TYPE_OF_BLOCK,
            Role.NEIGHBOUR,
            Role.PARAMETER,
            Role.NESTED_LAYER,
            Role.NEIGHBOUR_WIDTH);
    List<Case> cases = new ArrayList<>();
    for (Role role : roles) {
      for (Role other : roles) {
        for (String name : names) {
          for (String second : names) {
            if (role.ordinal() < other.ordinal() || (role == other && name.compareTo(second) < 0)) {
              cases.add(
                  new Case(
                      "good.q" + cases.size(),
                      List.of(new Use(role, name), new Use(other, second))));
            }
          }
        }
      }
    }
    verify(cases);
  }

  private void verify(List<Case> cases) throws IOException, ReflectiveOperationException {
    Map<String, Case> byHome = new TreeMap<>();
    cases.forEach(each -> byHome.put(each.home(), each));
    Map<String, JavaFileObject> sources = new TreeMap<>(thatJavaTakes(cases, /* inFull= */ true));
    List<Case> others = cases.stream().filter(each -> !sources.containsKey(each.home())).toList();
    sources.putAll(thatJavaTakes(others, /* inFull= */ false));
    assertWithMessage("cases that Java takes").that(sources.size()).isAtLeast(cases.size() / 2);

    List<Found> found =
        compile(
            sources,
            "-Xlint:all,-processing,-options,-auxiliaryclass",
            "-XDshould-stop.ifError=FLOW");

    Map<String, String> told = new TreeMap<>();
    for (Found each : found) {
      if (each.text().startsWith("[")) {
        told.merge(each.home(), each.text(), (first, second) -> first);
      }
    }
    List<String> wrong = new ArrayList<>();
    for (Found each : found) {
      // Where the processor found a mistake, the author's other lines may miss what it left out.
      boolean isFollowUp = told.containsKey(each.home()) && !(each.isGenerated() && each.isError());
      if (!isFollowUp || each.text().contains("[Bug]")) {
        wrong.add(byHome.get(each.home()) + ": " + each);
      }
    }
    assertThat(String.join("\n", wrong)).isEmpty();

    sources.keySet().removeAll(told.keySet());
    assertWithMessage("told: %s", told).that(sources.size()).isAtLeast(cases.size() / 2);
    assertThat(compile(sources, "-Xlint:-options")).isEmpty();
    try (URLClassLoader classes =
        new URLClassLoader(new URL[] {output.toUri().toURL()}, getClass().getClassLoader())) {
      for (String home : sources.keySet()) {
        Method path = classes.loadClass(home + ".Use__").getDeclaredMethod("isRight");
        path.setAccessible(true);
        assertThat(path.invoke(null)).isEqualTo(true);
      }
    }
  }

  private Map<String, JavaFileObject> thatJavaTakes(List<Case> cases, boolean inFull) {
    Map<String, JavaFileObject> sources = new TreeMap<>();
    cases.forEach(each -> sources.put(each.home(), source(each, inFull)));
    boolean changed = true;
    while (changed) { // after an error of syntax, javac looks for no others
      List<String> refused =
          compile(sources, "-proc:none", "-XDshould-stop.ifError=FLOW").stream()
              .filter(found -> !found.text().contains("ToyModel"))
              .map(Found::home)
              .toList();
      changed = sources.keySet().removeAll(refused);
    }
    return sources;
  }

  private record Found(String file, boolean isError, String text) {
    boolean isGenerated() {
      return file.endsWith("ToyModel.java");
    }

    String home() {
      Matcher home = HOME.matcher(file);
      return home.find() ? "good." + home.group(1) : "";
    }
  }

  private List<Found> compile(Map<String, JavaFileObject> sources, String... options) {
    if (sources.isEmpty()) {
      return List.of();
    }
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    DiagnosticCollector<JavaFileObject> diagnostics = new DiagnosticCollector<>();
    List<String> all = new ArrayList<>(List.of(options));
    all.addAll(List.of("-Xmaxerrs", "0", "-Xmaxwarns", "0", "-d", output.toString()));
    JavaCompiler.CompilationTask task =
        javac.getTask(new StringWriter(), null, diagnostics, all, null, sources.values());
    if (!all.contains("-proc:none")) {
      task.setProcessors(List.of(new ArchitectureProcessor()));
    }
    task.call();
    return diagnostics.getDiagnostics().stream()
        .filter(diagnostic -> diagnostic.getKind() != Diagnostic.Kind.NOTE)
        .map(
            diagnostic ->
                new Found(
                    diagnostic.getSource() == null ? "" : diagnostic.getSource().getName(),
                    diagnostic.getKind() == Diagnostic.Kind.ERROR,
                    diagnostic.getMessage(Locale.ENGLISH)))
        .toList();
  }

  /**
   * @param inFull whether the author writes our types in full, which some names forbid; or imports
   *     them, which others do
   */
  private static JavaFileObject source(Case each, boolean inFull) {
    Map<String, StringBuilder> places = new TreeMap<>();
    for (String place : List.of("ROOT", "BLOCK", "PARENT", "FILE", "HEAD")) {
      places.put(place, new StringBuilder());
    }
    for (Use use : each.uses()) {
      String[] parts = use.role().text.replace("~", use.name()).split("\\|");
      String first = use.role().place.equals("BOTH") ? "ROOT" : use.role().place;
      places.get(first).append(parts[0]).append('\n');
      if (parts.length > 1) {
        places.get("FILE").append(parts[1]).append('\n');
      }
    }
    String arch = inFull ? "org.nnsight4j.arch." : "";
    String text =
        """
        package %s; %s
        ARCHITECTURE("toy")
        public interface Toy extends LAYER<HIDDEN>, Parent__ %s {
          AT("blk")
          Block__ block__();
          interface Block__ extends TUPLE<HIDDEN> { LAYER<HIDDEN> leaf(); %s }
          interface Hidden__ extends AXIS {}
          %s
        }
        interface Second__ extends TUPLE<HIDDEN> {}
        interface Parent__ { %s }
        %s
        class Use__ {
          static boolean isRight() {
            return new ToyModel().block__().leaf().toString().equals("blk.leaf");
          }
        }
        """
            .formatted(
                each.home(),
                inFull ? "" : "import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;",
                places.get("HEAD"),
                places.get("BLOCK"),
                places.get("ROOT"),
                places.get("PARENT"),
                places.get("FILE"))
            .replace("HIDDEN", "Toy.Hidden__")
            .replace("LAYER", arch + "Layer")
            .replace("TUPLE", arch + "TupleLayer")
            .replace("SITE", arch + "Site")
            .replace("AXIS", inFull ? "org.nnsight4j.tensor.Axis" : "Axis")
            .replace("ARCHITECTURE", "@" + arch + "Architecture")
            .replace("INDEX(", "@" + arch + "Index(")
            .replace("AT(", "@" + arch + "At(");
    return Javac.source(each.home() + ".Toy", text);
  }
}
