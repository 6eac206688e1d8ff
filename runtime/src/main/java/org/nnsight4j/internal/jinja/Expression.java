package org.nnsight4j.internal.jinja;

/** A part of a template that has a value. */
interface Expression {
  Object value(Names scope);
}
