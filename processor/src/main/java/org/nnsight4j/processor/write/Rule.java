package org.nnsight4j.processor.write;

/** Adds one part to a class. */
interface Rule {
  void execute(ClassContext context);
}
