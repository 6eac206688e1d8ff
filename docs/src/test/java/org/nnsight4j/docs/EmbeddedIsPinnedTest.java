package org.nnsight4j.docs;

import static com.google.common.truth.Truth.assertThat;

import java.io.StringWriter;
import java.net.URI;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaFileObject;
import javax.tools.SimpleJavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** javac knows the embedded models' blocks, and code for their families takes them. */
class EmbeddedIsPinnedTest {
  @TempDir Path classes;

  @ParameterizedTest
  @ValueSource(
      strings = {
        "EmbeddedGpt2.open().trace(\"\", model -> model.transformer().h(12).output(0).save());",
        "var gpt2 = EmbeddedGpt2.open(); gpt2.trace(\"\", m -> m.transformer().h(4).input().save());",
        "EmbeddedLlama.open().trace(\"\", model -> model.model().layers(-5).output().save());",
      })
  void anotherBlockDoesNotCompile(String statement) {
    assertThat(javac(statement)).contains("[IndexRange]");
  }

  @Test
  void codeForTheFamilyTakesThem() {
    String said =
        javac(
            "LanguageModel<? extends Gpt2> any = EmbeddedGpt2.open();"
                + " try (Generator<? extends Gpt2> generator = any.trace();"
                + " Invoker<? extends Gpt2> invoker = generator.invoke(\"\")) {"
                + " Gpt2 model = invoker.model(); model.transformer().h(3).output(0).save(); }"
                + " Saved<Gpt2.Hidden> saved ="
                + " any.trace(\"\", model -> model.transformer().h(3).output(0).save());"
                + " LanguageModel<Gpt2> same = EmbeddedGpt2.open().as(Gpt2.class);"
                + " LanguageModel<? extends Llama> llama = EmbeddedLlama.open();");
    assertThat(said).doesNotContain("error");
  }

  private String javac(String statement) {
    String source =
        "import org.nnsight4j.*; import org.nnsight4j.models.gpt2.*; import org.nnsight4j.values.*;"
            + " import org.nnsight4j.models.llama.*; class Use { void use() { "
            + statement
            + " } }";
    JavaFileObject file =
        new SimpleJavaFileObject(URI.create("string:///Use.java"), JavaFileObject.Kind.SOURCE) {
          @Override
          public CharSequence getCharContent(boolean ignoreEncodingErrors) {
            return source;
          }
        };
    StringWriter said = new StringWriter();
    List<String> options =
        List.of(
            "-d", classes.toString(), "-proc:none", "-cp", System.getProperty("java.class.path"));
    ToolProvider.getSystemJavaCompiler()
        .getTask(said, null, null, options, null, List.of(file))
        .call();
    return said.toString();
  }
}
