package org.nnsight4j.arch;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the Hugging Face class of a layer, on its interface or on the method that leads to it. It
 * appears in the documentation where no snapshot gives the class, and is compared with the
 * checkpoint.
 */
@Documented
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
public @interface HuggingFace {
  /** For example {@code GPT2Block}. */
  String value();
}
