package org.nnsight4j.models.gpt2.descriptor;

import static com.google.common.truth.Truth.assertThat;

import java.lang.reflect.Modifier;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import javax.tools.JavaFileManager;
import javax.tools.JavaFileObject;
import javax.tools.StandardLocation;
import javax.tools.ToolProvider;
import org.junit.jupiter.api.Test;

/** With star imports every type can be named: no simple name means two types. */
final class StarImportsTest {
  private static final List<String> PACKAGES =
      List.of(
          "org.nnsight4j",
          "org.nnsight4j.arch",
          "org.nnsight4j.attach",
          "org.nnsight4j.checkpoint",
          "org.nnsight4j.error",
          "org.nnsight4j.figure",
          "org.nnsight4j.generate",
          "org.nnsight4j.graph",
          "org.nnsight4j.remote",
          "org.nnsight4j.shape",
          "org.nnsight4j.tensor",
          "org.nnsight4j.tokenizer",
          "org.nnsight4j.models.gpt2");

  @Test
  void simpleNamesAreUnique() throws Exception {
    Map<String, Set<String>> meanings = new TreeMap<>();
    try (JavaFileManager files =
        ToolProvider.getSystemJavaCompiler().getStandardFileManager(null, null, null)) {
      for (String home : PACKAGES) {
        Iterable<JavaFileObject> classes =
            files.list(
                StandardLocation.CLASS_PATH, home, EnumSet.of(JavaFileObject.Kind.CLASS), false);
        for (JavaFileObject file : classes) {
          add(files.inferBinaryName(StandardLocation.CLASS_PATH, file), meanings);
        }
      }
    }
    assertThat(meanings.size()).isGreaterThan(100);
    meanings.values().removeIf(types -> types.size() == 1);
    assertThat(meanings).isEmpty();
  }

  private static void add(String name, Map<String, Set<String>> meanings) throws Exception {
    boolean ofADescriptor = name.matches("org\\.nnsight4j\\.models\\.\\w+\\.Gpt2\\$\\w+");
    if (name.endsWith("package-info") || (name.contains("$") && !ofADescriptor)) {
      return;
    }
    Class<?> type = Class.forName(name, false, StarImportsTest.class.getClassLoader());
    if (Modifier.isPublic(type.getModifiers())) {
      meanings.computeIfAbsent(type.getSimpleName(), any -> new TreeSet<>()).add(name);
      addJavaLang(type.getSimpleName(), meanings);
    }
  }

  /** What a star imports hides nothing of java.lang, but it is ambiguous with it. */
  private static void addJavaLang(String simpleName, Map<String, Set<String>> meanings) {
    try {
      Class<?> type = Class.forName("java.lang." + simpleName);
      meanings.get(simpleName).add(type.getName());
    } catch (ClassNotFoundException e) {
      // No such name there.
    }
  }
}
