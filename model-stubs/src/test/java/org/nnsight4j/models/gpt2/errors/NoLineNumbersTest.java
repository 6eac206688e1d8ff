package org.nnsight4j.models.gpt2.errors;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.StringWriter;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.function.UnaryOperator;
import javax.tools.JavaCompiler;
import javax.tools.StandardJavaFileManager;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.models.gpt2.Probe;

/**
 * Code without line numbers, as {@code javac -g:none} and ProGuard produce it, works like other
 * code: it runs locally, from bytes and on a server, and its edits can be written.
 */
final class NoLineNumbersTest {
  private static final String SOURCE =
      """
      package com.acme;
      import java.nio.file.Path;
      import java.util.function.UnaryOperator;
      import org.nnsight4j.*;
      import org.nnsight4j.values.*;
      import org.nnsight4j.models.gpt2.Gpt2;
      public final class Acme implements UnaryOperator<Object> {
        @SuppressWarnings("unchecked")
        @Override public Object apply(Object argument) {
          Object[] given = (Object[]) argument;
          LanguageModel<Gpt2> gpt2 = (LanguageModel<Gpt2>) given[0];
          Edit edit = gpt2.edit(invoker -> {
            Value<Gpt2.Hidden> hidden = invoker.model().transformer().h(1).output(0);
            hidden.norm().gt(0).cond(() -> hidden.set(hidden.mul(0.5)));
          });
          edit.export((Path) given[1]);
          String receipt;
          Saved<Gpt2.Hidden> saved;
          try (Generator<Gpt2> generator =
              gpt2.with(Edit.load((Path) given[1])).generate(Options.maxNewTokens(1))) {
            try (Invoker<Gpt2> invoker = generator.invoke("Hello")) {
              saved = invoker.model().transformer().h(1).output(0).save();
            }
            generator.run();
            receipt = generator.receipt().toString();
          }
          String refused = "";
          try {
            gpt2.trace("Hello", model -> model.transformer().h(99).output(0).save());
          } catch (RuntimeException e) {
            refused = e.getMessage();
          }
          return receipt + "\\n" + saved.value().shape().length + "\\n" + refused;
        }
      }
      """;

  @TempDir Path folder;

  @Test
  void runsAndSaysWhere() throws Exception {
    Path source = Files.writeString(folder.resolve("Acme.java"), SOURCE);
    JavaCompiler javac = ToolProvider.getSystemJavaCompiler();
    StringWriter said = new StringWriter();
    try (StandardJavaFileManager files = javac.getStandardFileManager(null, null, null)) {
      List<String> options =
          List.of(
              "-g:none",
              "-proc:none",
              "-cp",
              System.getProperty("java.class.path"),
              "-d",
              folder.toString());
      boolean compiled =
          javac.getTask(said, files, null, options, null, files.getJavaFileObjects(source)).call();
      assertWithMessage(said.toString()).that(compiled).isTrue();
    }
    String text;
    try (URLClassLoader classes =
        new URLClassLoader(new URL[] {folder.toUri().toURL()}, getClass().getClassLoader())) {
      @SuppressWarnings("unchecked")
      UnaryOperator<Object> acme =
          (UnaryOperator<Object>)
              classes.loadClass("com.acme.Acme").getDeclaredConstructor().newInstance();
      text =
          String.valueOf(acme.apply(new Object[] {Probe.GPT2, folder.resolve("edit.safetensors")}));
    }
    assertThat(text).contains("(com.acme.Acme.apply, unknown line)\n3\n");
    assertThat(text).contains("transformer.h(99) does not exist");
    assertThat(text)
        .containsMatch("\\(at com\\.acme\\.Acme\\.lambda\\$apply\\$\\d+, unknown line\\)");
    assertThat(text).doesNotContain("-1)");
  }
}
