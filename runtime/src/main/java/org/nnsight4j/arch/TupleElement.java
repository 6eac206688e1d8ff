package org.nnsight4j.arch;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks the {@code int} parameter that chooses an element of a module's tuple, from 0; javac then
 * refuses a constant out of range.
 */
@Documented
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
public @interface TupleElement {
  /** How many elements the tuple has. */
  int value();
}
