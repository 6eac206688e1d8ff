package org.nnsight4j.arch;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/** The module's name in Hugging Face's state dict, where it is not the method's own name. */
@Documented
@Target(ElementType.METHOD)
@Retention(RetentionPolicy.RUNTIME)
public @interface At {
  /** One name or a dotted path below the enclosing module, for example {@code "ln_1"}. */
  String value();
}
