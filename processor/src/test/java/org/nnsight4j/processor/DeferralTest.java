package org.nnsight4j.processor;

import static com.google.testing.compile.CompilationSubject.assertThat;

import com.google.testing.compile.Compilation;
import com.google.testing.compile.Compiler;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.io.Writer;
import java.util.Set;
import javax.annotation.processing.AbstractProcessor;
import javax.annotation.processing.RoundEnvironment;
import javax.lang.model.SourceVersion;
import javax.lang.model.element.TypeElement;
import javax.tools.JavaFileObject;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Descriptors that mention what another processor has yet to write. */
class DeferralTest {

  @ParameterizedTest
  @ValueSource(
      strings = {
        "Layer<Generated.Hidden> wte();",
        "Generated block();",
        "@At(Generated.PATH) Layer<Axis> mlp();",
        "Layer<Axis> h(@Index(Generated.PATH) int layer);",
        "Block block(); interface Block extends Generated {}",
      })
  void waitsForTheType(String member) {
    Compilation compilation = compile(new OtherProcessor(), "toy.Toy", descriptor(member));

    assertThat(compilation).succeededWithoutWarnings();
    assertThat(compilation)
        .generatedSourceFile("toy.ToyModel")
        .contentsAsUtf8String()
        .contains("implements Toy");
  }

  @Test
  void waitsForTheParentOfTheDescriptor() {
    Compilation compilation =
        compile(
            new OtherProcessor(),
            "toy.Toy",
            "package toy;",
            "@org.nnsight4j.arch.Architecture(\"toy\")",
            "interface Toy extends Generated {}",
            "class Use { Object use() { return new ToyModel().ln(); } }");

    assertThat(compilation).succeededWithoutWarnings();
  }

  @Test
  void saysWhatIsMissingIfNoProcessorWroteIt() {
    Compilation compilation =
        compile(new SilentProcessor(), "toy.Toy", descriptor("Generated block();"));

    assertThat(compilation).hadErrorCount(1);
    assertThat(compilation).hadErrorContaining("cannot find symbol").inFile(SOURCE).onLine(4);
    assertThat(compilation)
        .hadWarningContaining("[MissingType] Generated is not there")
        .inFile(SOURCE)
        .onLine(4);
  }

  private static final JavaFileObject SOURCE =
      Javac.source("toy.Toy", descriptor("Generated block();"));

  private static String[] descriptor(String member) {
    return new String[] {
      "package toy;",
      "import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;",
      "@Architecture(\"toy\") interface Toy extends Layer<Axis> {",
      member,
      "}",
      "class Use { Object model = new ToyModel(); }"
    };
  }

  private static Compilation compile(AbstractProcessor other, String name, String... lines) {
    return Compiler.javac()
        .withProcessors(other, new ArchitectureProcessor())
        .withOptions("-implicit:class")
        .compile(Javac.source(name, lines));
  }

  /** Writes a type in its first round. */
  private static final class OtherProcessor extends SilentProcessor {
    private boolean done;

    @Override
    public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
      if (!done) {
        done = true;
        try (Writer writer =
            processingEnv.getFiler().createSourceFile("toy.Generated").openWriter()) {
          writer.write(
              """
              package toy;
              import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;
              interface Generated extends Layer<Axis> {
                String PATH = "mlp";
                Layer<Hidden> ln();
                interface Hidden extends Axis {}
              }
              """);
        } catch (IOException e) {
          throw new UncheckedIOException(e);
        }
      }
      return false;
    }
  }

  private static class SilentProcessor extends AbstractProcessor {
    @Override
    public Set<String> getSupportedAnnotationTypes() {
      return Set.of("*");
    }

    @Override
    public SourceVersion getSupportedSourceVersion() {
      return SourceVersion.latestSupported();
    }

    @Override
    public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
      return false;
    }
  }
}
