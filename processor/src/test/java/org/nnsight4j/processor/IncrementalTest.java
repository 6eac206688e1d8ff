package org.nnsight4j.processor;

import static com.google.common.truth.Truth.assertThat;
import static com.google.testing.compile.CompilationSubject.assertThat;

import com.google.testing.compile.Compilation;
import com.google.testing.compile.Compiler;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Proxy;
import java.nio.file.Files;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import javax.annotation.processing.AbstractProcessor;
import javax.annotation.processing.Filer;
import javax.annotation.processing.ProcessingEnvironment;
import javax.annotation.processing.RoundEnvironment;
import javax.lang.model.SourceVersion;
import javax.lang.model.element.Element;
import javax.lang.model.element.TypeElement;
import org.junit.jupiter.api.Test;

/** What build tools rely on to compile only what changed. */
class IncrementalTest {

  @Test
  void everyFileHasItsDescriptorAsOnlyOrigin() {
    Watched watched = new Watched();
    Compilation compilation =
        Compiler.javac()
            .withProcessors(watched)
            .compile(
                Javac.source(Javac.resource("good/Gpt2.java")),
                Javac.source(
                    "small.Small",
                    "package small;",
                    "@org.nnsight4j.arch.Architecture(\"small\")",
                    "interface Small extends good.Gpt2 {}"));

    assertThat(compilation).succeeded();
    assertThat(watched.created)
        .containsExactly("good.Gpt2Model from [good.Gpt2]", "small.SmallModel from [small.Small]");
  }

  @Test
  void gradleKnowsThatTheProcessorIsIsolating() throws Exception {
    assertThat(
            Files.readString(Javac.resource("META-INF/gradle/incremental.annotation.processors")))
        .isEqualTo(ArchitectureProcessor.class.getName() + ",isolating\n");
  }

  @Test
  void javacFindsTheProcessor() throws Exception {
    assertThat(
            Files.readAllLines(
                Javac.resource("META-INF/services/javax.annotation.processing.Processor")))
        .containsExactly(ArchitectureProcessor.class.getName());
  }

  /** Our processor, with a filer that takes notes. */
  private static final class Watched extends AbstractProcessor {
    private final ArchitectureProcessor processor = new ArchitectureProcessor();
    private final List<String> created = new ArrayList<>();

    @Override
    public synchronized void init(ProcessingEnvironment environment) {
      super.init(environment);
      Filer filer = noting(environment.getFiler());
      processor.init(
          (ProcessingEnvironment)
              Proxy.newProxyInstance(
                  getClass().getClassLoader(),
                  new Class<?>[] {ProcessingEnvironment.class},
                  (proxy, method, arguments) ->
                      method.getName().equals("getFiler")
                          ? filer
                          : method.invoke(environment, arguments)));
    }

    private Filer noting(Filer filer) {
      return (Filer)
          Proxy.newProxyInstance(
              getClass().getClassLoader(),
              new Class<?>[] {Filer.class},
              (proxy, method, arguments) -> {
                List<String> origins =
                    Stream.of((Element[]) arguments[1]).map(Element::toString).toList();
                created.add(arguments[0] + " from " + origins);
                try {
                  return method.invoke(filer, arguments);
                } catch (InvocationTargetException e) {
                  throw e.getCause();
                }
              });
    }

    @Override
    public Set<String> getSupportedAnnotationTypes() {
      return processor.getSupportedAnnotationTypes();
    }

    @Override
    public SourceVersion getSupportedSourceVersion() {
      return processor.getSupportedSourceVersion();
    }

    @Override
    public boolean process(Set<? extends TypeElement> annotations, RoundEnvironment round) {
      return processor.process(annotations, round);
    }
  }
}
