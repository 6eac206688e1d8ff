package org.nnsight4j;

import java.util.function.BiConsumer;

/**
 * A recording on an input, as a lambda of its invoker and the model: {@code (invoker, model) ->
 * ...}. The invoker has what the model has not: called attachments, parameters by name, caches,
 * loops over steps. Like {@link Body}, it is preferred for a lambda that returns a result.
 *
 * @param <M> the root of the module tree
 * @param <R> what the body returns, usually saved values
 */
@FunctionalInterface
@SuppressWarnings("FunctionalInterfaceMethodChanged") // Same behaviour; guides javac.
public interface InvokerBody<M, R> extends BiConsumer<Invoker<M>, M> {
  /** Records, and returns what is used after the run. */
  R apply(Invoker<M> invoker, M model);

  @Override
  default void accept(Invoker<M> invoker, M model) {
    var unused = apply(invoker, model);
  }
}
