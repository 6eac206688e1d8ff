package org.nnsight4j.models.gpt2;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.lang.reflect.GenericArrayType;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.lang.reflect.ParameterizedType;
import java.lang.reflect.Type;
import java.lang.reflect.WildcardType;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.spi.ToolProvider;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.values.AnyWidth;
import org.nnsight4j.values.Value;
import org.nnsight4j.values.WrongWidth;

/** What refuses another width is there for each method that javac would need many lines for. */
class AnyWidthTest {
  @TempDir Path folder;

  /** javac needs one line if there is one candidate of so many parameters, all of them fixed. */
  @Test
  void refusesWhereJavacWouldListCandidates() {
    List<String> missing = new ArrayList<>();
    for (Method method : methods().filter(AnyWidthTest::takesItsOwnWidth).toList()) {
      long rivals =
          methods()
              .filter(other -> other.getName().equals(method.getName()))
              .filter(other -> other.getParameterCount() == method.getParameterCount())
              .filter(other -> !refuses(other))
              .count();
      if ((rivals > 1 || method.isVarArgs())
          && methods().filter(AnyWidthTest::refuses).noneMatch(other -> mirrors(other, method))) {
        missing.add(method.toString());
      }
    }
    assertThat(missing).isEmpty();
    assertThat(methods().filter(AnyWidthTest::refuses).count()).isEqualTo(21);
  }

  private static Stream<Method> methods() {
    return Arrays.stream(Value.class.getMethods()).filter(method -> !method.isBridge());
  }

  private static boolean refuses(Method method) {
    return List.of(method.getExceptionTypes()).contains(WrongWidth.class);
  }

  /** Whether it takes {@code Value<? extends A>}, of the A of the class. */
  private static boolean takesItsOwnWidth(Method method) {
    return Arrays.stream(method.getGenericParameterTypes())
        .map(
            type -> type instanceof GenericArrayType array ? array.getGenericComponentType() : type)
        .filter(ParameterizedType.class::isInstance)
        .map(type -> ((ParameterizedType) type).getActualTypeArguments()[0])
        .filter(WildcardType.class::isInstance)
        .map(type -> ((WildcardType) type).getUpperBounds()[0])
        .map(Type::getTypeName)
        .anyMatch("A"::equals);
  }

  private static boolean mirrors(Method refusal, Method method) {
    return refusal.getName().equals(method.getName())
        && Arrays.equals(
            Arrays.stream(refusal.getParameterTypes()).map(AnyWidthTest::closed).toArray(),
            method.getParameterTypes());
  }

  private static Class<?> closed(Class<?> type) {
    return type == AnyWidth.class ? Value.class : type == AnyWidth[].class ? Value[].class : type;
  }

  /** Reached by languages that check no exceptions: a recording error, as any other. */
  @Test
  void refusesWhenRecordedAsWell() {
    for (Method refusal : methods().filter(AnyWidthTest::refuses).toList()) {
      RecordingException refused =
          assertThrows(
              RecordingException.class,
              () -> {
                try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open()) {
                  gpt2.trace(
                      "Paris",
                      model -> {
                        call(refusal, model.transformer().wte().output(), model.lmHead().output());
                        return model.lmHead().output().save();
                      });
                }
              });
      assertWithMessage("%s", refusal)
          .that(refused)
          .hasMessageThat()
          .startsWith(
              refusal.getName()
                  + " of transformer.wte.output [batch=1, position=?, hidden=128]: its type says"
                  + " another width than that of lm_head.output [batch=1, position=?, vocab=");
      assertThat(refused)
          .hasMessageThat()
          .contains("; as(...) states the width, and is checked (at AnyWidthTest.java:");
    }
  }

  private static void call(Method method, Value<?> receiver, Value<?> other) {
    Object[] arguments =
        Arrays.stream(method.getParameterTypes())
            .map(
                type ->
                    type == AnyWidth[].class
                        ? new AnyWidth<?>[] {other}
                        : type == int.class ? 0 : type == double.class ? (Object) 0.5 : other)
            .toArray();
    try {
      method.invoke(receiver, arguments);
    } catch (InvocationTargetException e) {
      throw (RuntimeException) e.getCause();
    } catch (IllegalAccessException e) {
      throw new AssertionError(e);
    }
  }

  /** They are javac's business: readers of the documentation find them nowhere. */
  @Test
  void isNotInTheDocumentation() throws IOException {
    StringWriter said = new StringWriter();
    ToolProvider.findFirst("javadoc")
        .orElseThrow()
        .run(
            new PrintWriter(said),
            new PrintWriter(said),
            "-quiet",
            "-Xdoclint:none",
            "-d",
            folder.toString(),
            "-classpath",
            System.getProperty("java.class.path"),
            "-sourcepath",
            "../runtime/src/main/java",
            "org.nnsight4j.graph");
    Path pages = folder.resolve("org/nnsight4j/graph");
    assertWithMessage("%s", said).that(Files.exists(pages.resolve("Value.html"))).isTrue();
    assertThat(Files.readString(pages.resolve("Elementwise.html"))).contains("\"add(double)\"");
    try (Stream<Path> all = Files.list(pages)) {
      for (Path page : all.filter(Files::isRegularFile).toList()) {
        assertWithMessage("%s", page).that(Files.readString(page)).doesNotContain("AnyWidth");
      }
    }
  }
}
