package org.nnsight4j.processor;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.google.testing.compile.Compilation;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import javax.tools.Diagnostic;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.processor.report.DiagnosticKind;

/**
 * Every source in {@code resources/bad} says what is wrong with it, at a caret below the place:
 *
 * <pre>{@code
 * Layer<Hidden> output();
 * //            ^ ERROR[ReservedName] 'output' is what every layer gives
 * }</pre>
 *
 * Or, where no caret fits, {@code // column 1: ERROR[NotALayer] ...}. Line, column and the start of
 * the text must match, and nothing else may be wrong: each source also uses the generated class,
 * which therefore must exist.
 */
class DiagnosticsTest {
  private static final Pattern EXPECTATION =
      Pattern.compile("^\\s*//\\s*(?:\\^|column (\\d):) (ERROR|WARNING|NOTE)\\[(\\w*)] (.*)$");
  private static final String JAVA_ITSELF = "// javac objects as well";

  private record Expected(String kind, long line, long column, String text) {}

  static Stream<String> bad() {
    return Javac.sourcesIn("bad").stream().map(path -> path.getFileName().toString());
  }

  /** Without the sources that Java itself refuses: javac would tell more than our one error. */
  static List<String> badJava() throws IOException {
    List<String> files = new ArrayList<>();
    for (String file : bad().toList()) {
      if (!Files.readString(Javac.resource("bad/" + file)).contains(JAVA_ITSELF)) {
        files.add(file);
      }
    }
    return files;
  }

  /** One of three by day, all others by night. */
  static List<String> someBadJava() throws IOException {
    List<String> all = badJava();
    return all.stream().filter(file -> all.indexOf(file) % 3 == 0).toList();
  }

  static List<String> moreBadJava() throws IOException {
    List<String> more = new ArrayList<>(badJava());
    more.removeAll(someBadJava());
    return more;
  }

  @ParameterizedTest
  @MethodSource("bad")
  void oneMistakeIsOneErrorAtItsPlace(String file) throws IOException {
    Path source = Javac.resource("bad/" + file);
    verify(source, Javac.compile(Javac.source(source)));
  }

  /** Maven builds with Error Prone go on after an error, and so find errors in generated code. */
  @ParameterizedTest
  @MethodSource("someBadJava")
  void oneMistakeIsOneErrorWhenJavacGoesOn(String file) throws IOException {
    verifyWhenJavacGoesOn(file);
  }

  @ParameterizedTest
  @MethodSource("moreBadJava")
  @Tag("nightly")
  void anyMistakeIsOneErrorWhenJavacGoesOn(String file) throws IOException {
    verifyWhenJavacGoesOn(file);
  }

  private static void verifyWhenJavacGoesOn(String file) throws IOException {
    Path source = Javac.resource("bad/" + file);
    verify(source, Javac.with("-XDshould-stop.ifError=FLOW").compile(Javac.source(source)));
  }

  /** Otherwise nobody could build the command that writes a stale snapshot anew. */
  @Test
  void pinningCanBeTurnedOff() {
    Path source = Javac.resource("bad/LayerCount.java");
    Compilation compilation =
        Javac.with("-Annsight4j.pinning=off", "-Xlint:all", "-Werror", "-Xlint:-processing")
            .compile(Javac.source(source));
    assertThat(compilation.errors()).isEmpty();
  }

  private static void verify(Path source, Compilation compilation) throws IOException {
    List<Expected> expected = expectationsOf(source);
    List<Expected> found =
        compilation.diagnostics().stream()
            .filter(
                diagnostic ->
                    diagnostic.getKind() == Diagnostic.Kind.ERROR
                        || message(diagnostic).startsWith("["))
            .sorted(
                Comparator.<Diagnostic<?>>comparingLong(Diagnostic::getLineNumber)
                    .thenComparing(Diagnostic::getColumnNumber))
            .map(DiagnosticsTest::foundAs)
            .toList();
    assertThat(cut(found, expected)).containsExactlyElementsIn(expected).inOrder();
  }

  /** Expectations give the start of a text only. */
  private static List<Expected> cut(List<Expected> found, List<Expected> expected) {
    List<Expected> cut = new ArrayList<>();
    for (int i = 0; i < found.size(); i++) {
      Expected whole = found.get(i);
      int length = i < expected.size() ? expected.get(i).text().length() : whole.text().length();
      String text = whole.text().substring(0, Math.min(length, whole.text().length()));
      cut.add(new Expected(whole.kind(), whole.line(), whole.column(), text));
    }
    return cut;
  }

  private static Expected foundAs(Diagnostic<?> diagnostic) {
    return new Expected(
        diagnostic.getKind().name(),
        diagnostic.getLineNumber(),
        diagnostic.getColumnNumber(),
        message(diagnostic));
  }

  private static String message(Diagnostic<?> diagnostic) {
    return Objects.requireNonNull(diagnostic.getMessage(Locale.ENGLISH));
  }

  private static List<Expected> expectationsOf(Path source) throws IOException {
    List<Expected> expected = new ArrayList<>();
    List<String> lines = Files.readAllLines(source);
    int code = 0;
    for (int i = 0; i < lines.size(); i++) {
      Matcher matcher = EXPECTATION.matcher(lines.get(i));
      if (!matcher.matches()) {
        code = i + 1;
        continue;
      }
      long column =
          matcher.group(1) == null
              ? lines.get(i).indexOf('^') + 1L
              : Long.parseLong(matcher.group(1));
      String id = matcher.group(3).isEmpty() ? "" : "[" + matcher.group(3) + "] ";
      expected.add(new Expected(matcher.group(2), code, column, id + matcher.group(4)));
    }
    assertWithMessage("expectations in %s", source).that(expected).isNotEmpty();
    return expected;
  }

  /** Java has no class that is called like a package. */
  @Test
  void aPackageTakesANameToo() {
    Compilation compilation =
        Javac.compile(
            Javac.source(
                "bad.Toy",
                "package bad;",
                "import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;",
                "@Architecture(\"toy\") public interface Toy extends Layer<Axis> {}"),
            Javac.source("bad.ToyModel.Other", "package bad.ToyModel; class Other {}"));
    assertThat(compilation.errors().stream().map(DiagnosticsTest::message).toList())
        .containsExactly(
            "[NameTaken] ToyModel cannot be written, since a package of that name exists already;"
                + " rename one of the two");
  }

  @Test
  void everyMessageHasABadSource() {
    Set<String> untested = new TreeSet<>();
    for (DiagnosticKind message : DiagnosticKind.values()) {
      if (message != DiagnosticKind.BUG && bad().noneMatch(file -> file.startsWith(message.id()))) {
        untested.add(message.id());
      }
    }
    assertThat(untested).isEmpty();
  }

  @Test
  void idsAreStable() {
    assertThat(Stream.of(DiagnosticKind.values()).map(DiagnosticKind::id).toList())
        .containsExactly(
            "NotAnInterface",
            "GenericDescriptor",
            "BlankArchitecture",
            "NotALayer",
            "NotAccessible",
            "NameTaken",
            "NameTooLong",
            "SealedLayer",
            "HiddenType",
            "CyclicLayers",
            "GenericMethod",
            "ReservedName",
            "WrongReturnType",
            "ThrowsClause",
            "BadPath",
            "BadShape",
            "DuplicatePath",
            "TooManyParameters",
            "IndexOnNonInt",
            "IndexMissing",
            "BadIndexKey",
            "MissingType",
            "CountNotPinned",
            "SnapshotMissing",
            "BadSnapshot",
            "WrongSnapshot",
            "UnknownLayer",
            "MissingLayer",
            "LayerCount",
            "LayerClass",
            "LayerTuple",
            "LayerWidth",
            "LayerShape",
            "IndexRange",
            "TupleRange",
            "UnknownMember",
            "WrongWidth",
            "OtherForm",
            "BadIndex",
            "UnusedResult",
            "Bug");
  }
}
