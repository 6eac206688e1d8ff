package org.nnsight4j.arch;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * States the axes of the value that a method leads to, because its type cannot: {@code "[batch,
 * head, position, headdim]"}. The last axis is the width in the type. Without this annotation, a
 * module's output is {@code [batch, position, width]}, and a site's other axes are open. The axes
 * appear in the documentation and are compared with the checkpoint.
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Shape {
  /** Names in brackets, with commas between them. */
  String value();
}
