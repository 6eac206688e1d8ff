package org.nnsight4j.values;

/**
 * The compile-time error of a value whose width does not fit: nobody throws or catches it, and
 * {@link Value#as} is the way out. No {@link Exception}, so that {@code throws Exception} lets no
 * wrong width pass.
 */
public final class WrongWidth extends Throwable {
  private static final long serialVersionUID = 1L;

  private WrongWidth() {}
}
