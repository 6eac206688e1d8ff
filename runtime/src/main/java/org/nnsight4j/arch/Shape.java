package org.nnsight4j.arch;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * States the axes of what a layer's method leads to, where its type cannot: {@code "[batch, head,
 * position, headdim]"}. The last one is the width that the type has. Without it, a module gives
 * {@code [batch, position, width]}, and a site's other axes are left open. Documented, and compared
 * with the checkpoint.
 */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface Shape {
  /** Names in brackets, with commas between them. */
  String value();
}
