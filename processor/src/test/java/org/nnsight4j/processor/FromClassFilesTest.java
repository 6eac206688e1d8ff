package org.nnsight4j.processor;

import static com.google.testing.compile.CompilationSubject.assertThat;

import com.google.common.collect.ImmutableList;
import com.google.testing.compile.Compilation;
import java.io.File;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Stream;
import javax.tools.JavaCompiler;
import javax.tools.JavaFileObject;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Descriptors that extend one from a jar, whose source is not there. */
class FromClassFilesTest {
  @TempDir Path library;

  @Test
  void inheritsLayersAndIndices() throws Exception {
    compileLibrary(
        "package lib;",
        "import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;",
        "public interface Base extends Layer<Axis> {",
        "  Block h(@Index(\"n_layer\") int layer);",
        "  interface Block extends TupleLayer<Axis> { @At(\"ln_1\") Layer<Axis> ln(); }",
        "}");

    Compilation compilation =
        compile(
            "package toy;",
            "@org.nnsight4j.arch.Architecture(\"toy\") interface Toy extends lib.Base {}",
            "class Use { static Object path() { return new ToyModel().h(2).ln(); } }");

    assertThat(compilation).succeeded();
    assertThat(compilation)
        .generatedSourceFile("toy.ToyModel")
        .contentsAsUtf8String()
        .contains("new BlockNode(super.scope, item(\"h\", layer, \"n_layer\"))");
  }

  @Test
  void pointsAtTheDescriptorAndNamesThePlaceInTheJar() throws Exception {
    compileLibrary(
        "package lib;",
        "import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;",
        "public interface Base extends Layer<Axis> {",
        "  Hidden block();",
        "  void nothing();",
        "}",
        "interface Hidden extends TupleLayer<Axis> {}");

    JavaFileObject source = source();
    Compilation compilation = compile(source);

    assertThat(compilation).hadErrorCount(2);
    assertThat(compilation)
        .hadErrorContaining(
            "[NotAccessible] Hidden is out of reach of the generated class in package toy;"
                + " make it public [in lib.Hidden]")
        .inFile(source)
        .onLine(2);
    assertThat(compilation)
        .hadErrorContaining(
            "as Layer<Hidden> or an interface of yours that extends one [in"
                + " lib.Base.nothing()]")
        .inFile(source)
        .onLine(2);
  }

  private static JavaFileObject source() {
    return Javac.source(
        "toy.Toy",
        "package toy;",
        "@org.nnsight4j.arch.Architecture(\"toy\") interface Toy extends lib.Base {}",
        "class Use { Object model = new ToyModel(); }");
  }

  private Compilation compile(String... lines) {
    return compile(Javac.source("toy.Toy", lines));
  }

  private Compilation compile(JavaFileObject source) {
    Stream<File> path =
        Stream.concat(
            Stream.of(library.toFile()),
            Arrays.stream(System.getProperty("java.class.path").split(File.pathSeparator))
                .map(File::new));
    return Javac.with()
        .withClasspath(path.collect(ImmutableList.toImmutableList()))
        .compile(source);
  }

  private void compileLibrary(String... lines) throws Exception {
    Path source = Files.write(library.resolve("Base.java"), List.of(lines));
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    int exit =
        javac.run(
            null,
            null,
            null,
            "-proc:none",
            "-parameters",
            "-d",
            library.toString(),
            source.toString());
    com.google.common.truth.Truth.assertThat(exit).isEqualTo(0);
  }
}
