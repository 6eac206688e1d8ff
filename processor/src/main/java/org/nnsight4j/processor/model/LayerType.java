package org.nnsight4j.processor.model;

import java.util.List;

/** A kind with its widths, such as {@code Transform<Hidden, Vocab>}. */
public record LayerType(Kind kind, List<TypeRef.Named> widths) {
  public LayerType {
    widths = List.copyOf(widths);
    if (widths.size() != kind.widths()) {
      throw new IllegalArgumentException(kind + " has " + kind.widths() + " widths, not " + widths);
    }
  }
}
