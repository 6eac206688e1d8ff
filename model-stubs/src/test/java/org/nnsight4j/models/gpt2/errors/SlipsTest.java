package org.nnsight4j.models.gpt2.errors;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.nnsight4j.models.gpt2.Probe.GPT2;

import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import javax.tools.Diagnostic;
import javax.tools.DiagnosticCollector;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.Options;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.values.Saved;

/**
 * What javac says about mistakes that newcomers make: a few lines, and the first one explains it.
 */
final class SlipsTest {
  @TempDir Path output;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        // A body that returns nothing, where its value is wanted.
        "Saved<Vocab> a = gpt2.trace(\"x\", model -> { model.output().save(); });"
            + "| void cannot be converted to Saved<Gpt2.Vocab>",
        "var a = gpt2.trace(\"x\", model -> { model.output().save(); });"
            + "| cannot infer type for local variable a",
        "Saved<Vocab> a = gpt2.trace(List.of(\"x\"), model -> { model.output().save(); });"
            + "| void cannot be converted to Saved<Gpt2.Vocab>",
        "Saved<Vocab> a = gpt2.generate(maxNewTokens(3), g -> { g.invoke(\"x\").close(); });"
            + "| Output cannot be converted to Saved<Gpt2.Vocab>",
        "Saved<Vocab> a = gpt2.generate(maxNewTokens(3), \"x\", m -> { m.output().save(); });"
            + "| Output cannot be converted to Saved<Gpt2.Vocab>",
        "Saved<Vocab> a = gpt2.generate(maxNewTokens(3), List.of(\"x\"), m -> { m.output(); });"
            + "| Output cannot be converted to Saved<Gpt2.Vocab>",
        "Saved<Vocab> a = gpt2.session(session -> { session.trace(); });"
            + "| void cannot be converted to Saved<Gpt2.Vocab>",
        "Saved<Vocab> a = generator.invoke(\"x\", i -> { i.model().output().save(); });"
            + "| void cannot be converted to Saved<Gpt2.Vocab>",
        // A body that returns something else.
        "Saved<Vocab> a = gpt2.trace(List.of(\"x\"), model -> model.output());"
            + "| inference variable R has incompatible bounds",
        // A wrong option.
        "gpt2.generate(maxNewTokens(\"3\"));| String cannot be converted to int",
        "gpt2.generate(maxNewTokens(3).temperature(\"1\"));| String cannot be converted to double",
        "gpt2.generate(maxNewTokens(3).wholePass());| cannot find symbol",
        "gpt2.generate(maxTokens(3));| cannot find symbol",
        "gpt2.at(\"http://localhost\");| String cannot be converted to Remote",
      })
  void isReportedInFiveLines(String statement, String first) {
    List<String> errors = errors(statement);
    assertThat(errors).hasSize(1);
    String message = errors.get(0);
    assertThat(message).contains(first);
    assertWithMessage(message).that(message.lines().count()).isAtMost(5);
  }

  /** Several texts are texts, as they are to {@code invoke}. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "Saved<Vocab> a = gpt2.trace(List.of(\"x\", \"y\"), model -> model.output().save());",
        "gpt2.trace(List.of(\"x\", \"y\"), model -> { model.output().save(); });",
        "Completed<Saved<Vocab>> a ="
            + " gpt2.generate(maxNewTokens(1), List.of(\"x\"), model -> model.output().save());",
        "Output a = gpt2.generate(maxNewTokens(1), List.of(\"x\"), model -> { model.output(); });",
        "Output a = gpt2.generate(maxNewTokens(1), \"x\", model -> { model.output(); });",
      })
  void compiles(String statement) {
    assertThat(errors(statement)).isEmpty();
  }

  @Test
  void severalTextsAreRowsOfOneBatch() {
    List<String> texts = List.of("The capital of Japan is", "The Eiffel Tower is in the city of");
    Saved<Vocab> both = GPT2.trace(texts, model -> model.output().at(-1).save());
    assertThat(both.value().shape(0)).isEqualTo(2);
    int[] calls = {0};
    GPT2.trace(
        texts,
        model -> {
          calls[0]++;
        });
    assertThat(calls[0]).isEqualTo(1);
    GenerateOptions one = Options.maxNewTokens(1);
    List<String> words =
        GPT2.generate(
                one,
                texts,
                model -> {
                  calls[0]++;
                })
            .texts();
    assertThat(words).hasSize(2);
    assertThat(words)
        .isEqualTo(GPT2.generate(one, texts, model -> model.output().save()).output().texts());
    assertThat(
            GPT2.generate(
                    one,
                    texts.get(0),
                    model -> {
                      calls[0]++;
                    })
                .texts())
        .containsExactly(words.get(0));
    assertThat(calls[0]).isEqualTo(3);
  }

  private List<String> errors(String statement) {
    String source =
        """
        import static org.nnsight4j.Options.*;
        import java.util.List;
        import org.nnsight4j.*;
        import org.nnsight4j.generate.*;
        import org.nnsight4j.models.gpt2.*;
        import org.nnsight4j.models.gpt2.Gpt2.*;
        import org.nnsight4j.values.*;

        class Slip {
          void slip(LanguageModel<Gpt2> gpt2, Generator<Gpt2> generator) {
            %s
          }
        }
        """
            .formatted(statement);
    DiagnosticCollector<JavaFileObject> found = new DiagnosticCollector<>();
    boolean compiled =
        ToolProvider.getSystemJavaCompiler()
            .getTask(
                null,
                null,
                found,
                List.of("-proc:none", "-d", output.toString()),
                null,
                List.of(
                    new SimpleJavaFileObject(
                        URI.create("string:///Slip.java"), JavaFileObject.Kind.SOURCE) {
                      @Override
                      public CharSequence getCharContent(boolean ignoreEncodingErrors) {
                        return source;
                      }
                    }))
            .call();
    List<String> errors =
        found.getDiagnostics().stream()
            .filter(one -> one.getKind() == Diagnostic.Kind.ERROR)
            .map(
                one -> one.getMessage(Locale.ENGLISH).replaceAll("\\b([a-z]\\w*\\.)+(?=[A-Z])", ""))
            .toList();
    assertThat(compiled).isEqualTo(errors.isEmpty());
    return errors;
  }
}
