package org.nnsight4j.processor.declare;

import static java.util.stream.Collectors.joining;

import java.util.regex.Pattern;
import javax.lang.model.element.ExecutableElement;
import javax.lang.model.element.TypeElement;
import javax.lang.model.type.TypeMirror;

/** Writes a method or type in messages as the author would, without packages. */
public final class Display {
  private static final Pattern PACKAGE = Pattern.compile("\\b[a-z_][\\w$]*\\.");

  private Display() {}

  /** For example {@code h(int)}. */
  public static String of(ExecutableElement method) {
    return method.getSimpleName()
        + method.getParameters().stream()
            .map(parameter -> of(parameter.asType()))
            .collect(joining(", ", "(", ")"));
  }

  /** For example {@code Layer<Gpt2.Hidden>}. */
  public static String of(TypeMirror type) {
    return PACKAGE.matcher(type.toString()).replaceAll("");
  }

  /** For example {@code Gpt2.Block}. */
  public static String of(TypeElement type) {
    return type.getEnclosingElement() instanceof TypeElement outer
        ? of(outer) + "." + type.getSimpleName()
        : type.getSimpleName().toString();
  }

  /** For example {@code the enum Color}. */
  public static String withKind(TypeElement type) {
    String kind =
        switch (type.getKind()) {
          case ENUM -> "the enum";
          case RECORD -> "the record";
          case ANNOTATION_TYPE -> "the annotation";
          case INTERFACE -> "the interface";
          default -> "the class";
        };
    return kind + " " + of(type);
  }
}
