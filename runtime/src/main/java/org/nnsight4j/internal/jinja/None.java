package org.nnsight4j.internal.jinja;

/** Python's None, so that no value here is null. */
enum None {
  NONE
}
