package org.nnsight4j.processor;

import static com.google.common.truth.Truth.assertThat;

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
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** What is generated and what is said does not depend on the language of who compiles. */
class LocalesTest {
  private static final Map<Path, List<String>> ENGLISH = results();

  private final Locale usual = Locale.getDefault();

  @AfterEach
  void restore() {
    Locale.setDefault(usual);
  }

  /** The language whose i has no capital I, with other digits. */
  @Test
  void isTheSameInTurkish() {
    isTheSame("tr-TR-u-nu-arabext");
  }

  /** Other digits, Turkish as it is, and a language that javac speaks itself. */
  @ParameterizedTest
  @Tag("nightly")
  @ValueSource(strings = {"fa-IR", "tr-TR", "ja-JP"})
  void isTheSame(String language) {
    assertThat(ENGLISH).isNotEmpty();
    Locale.setDefault(Locale.forLanguageTag(language));
    assertThat(results()).isEqualTo(ENGLISH);
  }

  private static Map<Path, List<String>> results() {
    Map<Path, List<String>> results = new LinkedHashMap<>();
    for (String folder : List.of("good", "bad")) {
      for (Path source : Javac.sourcesIn(folder)) {
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
