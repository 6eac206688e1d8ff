package org.nnsight4j;

import java.util.function.Consumer;

/**
 * A recording on a model, a generator or an invoker, as a lambda that returns a result. It extends
 * {@link Consumer}, so that javac prefers it for a lambda that fits both.
 *
 * @param <T> what the lambda records on
 * @param <R> what the body returns, usually saved values
 */
@FunctionalInterface
@SuppressWarnings("FunctionalInterfaceMethodChanged") // Same behaviour; guides javac.
public interface Body<T, R> extends Consumer<T> {
  /** Records, and returns what is used after the run. */
  R apply(T target);

  @Override
  default void accept(T target) {
    var unused = apply(target);
  }
}
