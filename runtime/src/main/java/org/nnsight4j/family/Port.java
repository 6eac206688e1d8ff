package org.nnsight4j.family;

/** Which side of a module a site is on. */
public enum Port {
  INPUT,
  OUTPUT
}
