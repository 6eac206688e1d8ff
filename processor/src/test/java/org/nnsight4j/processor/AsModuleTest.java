package org.nnsight4j.processor;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.palantir.javapoet.JavaFile;
import java.io.File;
import java.io.StringWriter;
import java.lang.module.ModuleDescriptor;
import java.lang.module.ModuleFinder;
import java.net.URISyntaxException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.arch.Architecture;

/** The processor as the module that it is, which javac finds by what the descriptor provides. */
class AsModuleTest {
  @TempDir Path output;

  @Test
  void isFoundOnTheProcessorModulePath() throws Exception {
    String modules =
        place(ArchitectureProcessor.class) + File.pathSeparator + place(JavaFile.class);
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    try (StandardJavaFileManager files = javac.getStandardFileManager(null, null, null)) {
      boolean compiled =
          javac
              .getTask(
                  said,
                  files,
                  null,
                  List.of(
                      "--processor-module-path",
                      modules,
                      "-Xplugin:nnsight4j",
                      "-classpath",
                      place(Architecture.class).toString(),
                      "-d",
                      output.toString()),
                  null,
                  files.getJavaFileObjects(Javac.resource("good/Gpt2.java")))
              .call();
      assertWithMessage(said.toString()).that(compiled).isTrue();
    }
    assertThat(Files.exists(output.resolve("good/Gpt2Model.class"))).isTrue();
  }

  @Test
  void exportsNothing() throws Exception {
    ModuleDescriptor descriptor =
        ModuleFinder.of(place(ArchitectureProcessor.class))
            .find("org.nnsight4j.processor")
            .orElseThrow()
            .descriptor();
    assertThat(descriptor.exports()).isEmpty();
    assertThat(descriptor.opens()).isEmpty();
  }

  private static Path place(Class<?> type) throws URISyntaxException {
    return Path.of(type.getProtectionDomain().getCodeSource().getLocation().toURI());
  }
}
