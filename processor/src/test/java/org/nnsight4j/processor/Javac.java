package org.nnsight4j.processor;

import com.google.testing.compile.Compilation;
import com.google.testing.compile.Compiler;
import com.google.testing.compile.JavaFileObjects;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.URISyntaxException;
import java.net.URL;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Objects;
import java.util.stream.Stream;
import javax.tools.JavaFileObject;

/** Compiles sources and test resources with the processor. */
final class Javac {
  private Javac() {}

  static Compilation compile(JavaFileObject... sources) {
    return with().compile(sources);
  }

  /** The compiler with our processor and some options. */
  static Compiler with(String... options) {
    return Compiler.javac()
        .withProcessors(new ArchitectureProcessor())
        .withOptions((Object[]) options);
  }

  static JavaFileObject source(String name, String... lines) {
    return JavaFileObjects.forSourceLines(name, lines);
  }

  static JavaFileObject source(Path file) {
    return JavaFileObjects.forResource(url(file));
  }

  private static URL url(Path file) {
    try {
      return file.toUri().toURL();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  /** The sources of a folder of the test resources. */
  static List<Path> sourcesIn(String folder) {
    try (Stream<Path> files = Files.list(resource(folder))) {
      return files.filter(file -> file.toString().endsWith(".java")).sorted().toList();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  static Path resource(String name) {
    try {
      return Path.of(Objects.requireNonNull(Javac.class.getResource("/" + name), name).toURI());
    } catch (URISyntaxException e) {
      throw new IllegalArgumentException(name, e);
    }
  }

  static String text(JavaFileObject file) {
    try {
      return file.getCharContent(false).toString();
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
