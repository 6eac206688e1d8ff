package org.nnsight4j.junit;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;
import java.util.function.Supplier;
import org.junit.jupiter.api.extension.ExtendWith;
import org.nnsight4j.LanguageModel;

/**
 * A model for a test: a parameter or a field of the type {@code LanguageModel}. Each model is
 * opened once in a JVM, on first use, and closed after the last test. Every test gets a copy of its
 * own, so the edits of one test never reach another; the copies share the weights.
 *
 * <pre>{@code
 * @Test
 * void knowsParis(@Model("openai-community/gpt2") LanguageModel<Gpt2> model) {
 *   assertThat(model).on("The Eiffel Tower is in the city of").predicts(" Paris");
 * }
 * }</pre>
 *
 * <p>The type argument says how the model is opened: a descriptor ({@code Gpt2}), or {@code
 * AnyModel} or {@code ?} for any architecture.
 */
@Documented
@Retention(RetentionPolicy.RUNTIME)
@Target({ElementType.PARAMETER, ElementType.FIELD, ElementType.ANNOTATION_TYPE})
@ExtendWith(ModelExtension.class)
public @interface Model {
  /**
   * A directory with a checkpoint, or a name at Hugging Face's hub such as {@code
   * openai-community/gpt2}. What is a directory is never looked up at the hub. {@code ${name}}
   * stands for a system property.
   */
  String value() default "";

  /** The branch, tag or commit at the hub. */
  String revision() default "main";

  /**
   * Opens the model instead of {@link #value}: a class with a constructor without parameters. Use
   * it for embedded models, options and models at a server.
   */
  Class<? extends Supplier<? extends LanguageModel<?>>> from() default None.class;

  /** The default of {@link #from}: no supplier. */
  final class None implements Supplier<LanguageModel<?>> {
    private None() {}

    @Override
    public LanguageModel<?> get() {
      throw new IllegalStateException("no supplier was given");
    }
  }
}
