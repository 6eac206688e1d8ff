package org.nnsight4j.arch;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** Marks the {@code int} parameter that chooses one of several repeated modules. */
@Documented
@Target(ElementType.PARAMETER)
@Retention(RetentionPolicy.RUNTIME)
public @interface Index {
  /** The key in config.json that holds the number of repeats, for example {@code "n_layer"}. */
  String value();

  /**
   * How many there are, if the descriptor is {@link Pinned}: javac then refuses a constant index
   * out of range. 0 means that only the checkpoint knows.
   */
  int count() default 0;
}
