package org.nnsight4j.processor;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import org.eclipse.jdt.core.compiler.batch.BatchCompiler;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Eclipse's compiler: processors run, plugins do not, so indices are left to the run. */
class EclipseTest {
  @TempDir Path output;

  @Test
  void writesTheModelAndLeavesIndicesToTheRun() {
    assertThat(compile("good/Gpt2.java")).isEmpty();
    assertThat(Files.exists(output.resolve("good/Gpt2Model.class"))).isTrue();
    assertThat(compile("bad/IndexRangeForms.java")).isEmpty();
    assertThat(Files.exists(output.resolve("bad/UseForms.class"))).isTrue();
  }

  @Test
  void checksPinnedDescriptorsAllTheSame() {
    assertThat(compile("bad/LayerCount.java"))
        .contains("[LayerCount] h.* is there 12 times in toy.layers.json, 24 times here");
  }

  @Test
  void refusesAnotherWidth() {
    String said = compile("bad/WrongWidth.java");
    assertThat(said).contains("The method add(");
    assertThat(said).contains("is not applicable for the arguments (Value<WrongWidth.Vocab>)");
    assertThat(said).contains("1 problem (1 error)");
  }

  private String compile(String source) {
    StringWriter said = new StringWriter();
    boolean compiled =
        BatchCompiler.compile(
            new String[] {
              "-17",
              "-nowarn",
              "-classpath",
              System.getProperty("java.class.path"),
              "-processorpath",
              System.getProperty("java.class.path"),
              "-d",
              output.toString(),
              "-s",
              output.toString(),
              Javac.resource(source).toString()
            },
            new PrintWriter(said),
            new PrintWriter(said),
            null);
    assertWithMessage(said.toString()).that(compiled).isEqualTo(said.toString().isEmpty());
    return said.toString();
  }
}
