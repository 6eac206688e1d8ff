package org.nnsight4j.processor;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.google.testing.compile.Compilation;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import javax.tools.Diagnostic;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;

/** What is generated and what is said does not depend on the language of who compiles. */
class LocalesTest {
  /** Of the sources one in so many by day; all of them by night. */
  private static final int SOME = 4;

  private final Locale usual = Locale.getDefault();

  @AfterEach
  void restore() {
    Locale.setDefault(usual);
  }

  /** The language whose i has no capital I, with other digits. */
  @Test
  void isTheSameInTurkish() {
    isTheSame(SOME, "tr-TR-u-nu-arabext");
  }

  /** Other digits, Turkish as it is, and a language that javac speaks itself. */
  @Test
  @Tag("nightly")
  void eachIsTheSameInMoreLanguages() {
    isTheSame(1, "tr-TR-u-nu-arabext", "fa-IR", "tr-TR", "ja-JP");
  }

  private static void isTheSame(int every, String... languages) {
    Map<Path, List<String>> english = results(every);
    assertThat(english).isNotEmpty();
    for (String language : languages) {
      Locale.setDefault(Locale.forLanguageTag(language));
      assertWithMessage(language).that(results(every)).isEqualTo(english);
    }
  }

  private static Map<Path, List<String>> results(int every) {
    Map<Path, List<String>> results = new LinkedHashMap<>();
    for (String folder : List.of("good", "bad")) {
      List<Path> sources = Javac.sourcesIn(folder);
      for (int i = 0; i < sources.size(); i += every) {
        Path source = sources.get(i);
        Compilation compilation = Javac.compile(Javac.source(source));
        List<String> result = new ArrayList<>();
        compilation.diagnostics().forEach(diagnostic -> result.add(told(diagnostic)));
        if (compilation.status() == Compilation.Status.SUCCESS) {
          compilation.generatedSourceFiles().forEach(file -> result.add(Javac.text(file)));
        }
        results.put(source, result);
      }
    }
    return results;
  }

  /** Ours in words, javac's by their key: it translates its own. */
  private static String told(Diagnostic<?> diagnostic) {
    String message = diagnostic.getMessage(Locale.getDefault());
    return diagnostic.getLineNumber()
        + ":"
        + diagnostic.getColumnNumber()
        + " "
        + (message.startsWith("[") ? message : diagnostic.getCode());
  }
}
