package org.nnsight4j.arch;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Names the class of Hugging Face's that a layer is, on its interface or on the method that leads
 * to it. Documented where no snapshot says it, and compared with the checkpoint.
 */
@Documented
@Target({ElementType.TYPE, ElementType.METHOD})
@Retention(RetentionPolicy.RUNTIME)
public @interface HuggingFace {
  /** For example {@code GPT2Block}. */
  String value();
}
