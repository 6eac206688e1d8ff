package org.nnsight4j.arch;

import java.lang.annotation.Documented;
import java.lang.annotation.ElementType;
import java.lang.annotation.Retention;
import java.lang.annotation.RetentionPolicy;
import java.lang.annotation.Target;

/**
 * Ties a descriptor to the snapshot of one checkpoint: javac compares them, {@code
 * LanguageModel.open} compares the snapshot with the checkpoint, and so does {@link
 * org.nnsight4j.Pinning} in a test.
 */
@Documented
@Target(ElementType.TYPE)
@Retention(RetentionPolicy.RUNTIME)
public @interface Pinned {
  /**
   * The snapshot, a resource in the descriptor's package; {@code nnsight4j describe --snapshot}
   * writes it.
   */
  String value();
}
