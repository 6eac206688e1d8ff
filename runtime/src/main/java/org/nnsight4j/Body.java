package org.nnsight4j;

import java.util.function.Consumer;

/**
 * What is recorded on a model, a generator or an invoker, as a lambda that gives something. It is a
 * {@link Consumer} too, so that javac prefers it for a lambda that fits both.
 *
 * @param <T> what is recorded on
 * @param <R> what the body gives: saved values, most often
 */
@FunctionalInterface
@SuppressWarnings("FunctionalInterfaceMethodChanged") // Both do the same; javac chooses by it.
public interface Body<T, R> extends Consumer<T> {
  /** Records, and gives what is to be used after the run. */
  R apply(T target);

  @Override
  default void accept(T target) {
    var unused = apply(target);
  }
}
