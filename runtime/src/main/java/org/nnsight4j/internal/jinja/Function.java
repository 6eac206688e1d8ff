package org.nnsight4j.internal.jinja;

/** Something that can be called: a macro, a function, a method of a value. */
interface Function {
  Object call(CallArguments arguments);
}
