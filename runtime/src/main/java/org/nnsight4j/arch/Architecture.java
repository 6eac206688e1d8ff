package org.nnsight4j.arch;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Marks an interface as the descriptor of one architecture's module tree; the processor writes the
 * class {@code <Name>Model} that implements it.
 */
@Documented
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface Architecture {
  /** The {@code model_type} of Hugging Face's config.json, for example {@code "gpt2"}. */
  String value();
}
