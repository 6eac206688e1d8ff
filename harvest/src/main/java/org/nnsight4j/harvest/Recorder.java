package org.nnsight4j.harvest;

import org.nnsight4j.Invoker;

/**
 * Records what a harvest computes of each text.
 *
 * @param <M> the descriptor of the model
 */
@FunctionalInterface
public interface Recorder<M> {
  /** Records once, over an input that is given later; its rows are texts of one length. */
  void record(Invoker<M> invoker, Columns<M> columns);
}
