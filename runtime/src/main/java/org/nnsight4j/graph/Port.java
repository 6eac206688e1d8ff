package org.nnsight4j.graph;

/** Which side of a module a site is on. */
public enum Port {
  INPUT,
  OUTPUT
}
