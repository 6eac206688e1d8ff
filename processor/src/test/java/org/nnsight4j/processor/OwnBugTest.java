package org.nnsight4j.processor;

import static com.google.testing.compile.CompilationSubject.assertThat;

import com.google.testing.compile.Compilation;
import com.google.testing.compile.Compiler;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.processor.validate.Check;

/** A mistake of ours is an error with an address, never a crash of javac. */
class OwnBugTest {
  @Test
  void aFailingRuleIsReportedAtTheDescriptor() {
    Check failing =
        (descriptor, soFar) -> {
          throw new StackOverflowError("out of depth");
        };
    Compilation compilation =
        Compiler.javac()
            .withProcessors(new ArchitectureProcessor(List.of(failing)))
            .compile(
                Javac.source(
                    "toy.Toy",
                    "package toy;",
                    "import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;",
                    "@Architecture(\"toy\") interface Toy extends Layer<Axis> {}",
                    "class Use { Object model = new ToyModel(); }"));

    assertThat(compilation).hadErrorCount(1);
    assertThat(compilation)
        .hadErrorContaining("[Bug] this is a bug in nnsight4j; please report it with toy.Toy");
    assertThat(compilation).hadErrorContaining("out of depth");
    assertThat(compilation).hadErrorContaining("at org.nnsight4j.processor.OwnBugTest");
  }

  /** Javac hands such an interface to processors as a type without a kind or a package. */
  @Test
  void anIllegalInterfaceIsReportedByJavac() {
    Compilation compilation =
        Javac.with("-XDshould-stop.ifError=FLOW")
            .compile(
                Javac.source(
                    "toy.Toy",
                    "package toy;",
                    "import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;",
                    "@Architecture(\"toy\") interface Toy extends Layer<Axis>, Toy.Part {",
                    "  interface Part {}",
                    "}"));

    assertThat(compilation).hadErrorContaining("cyclic inheritance");
    assertThat(compilation).hadErrorCount(2);
  }
}
