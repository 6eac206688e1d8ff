package org.nnsight4j.error;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * Where an error is: a line of the user's code, and the node that was recorded there.
 *
 * @param node the id of the node in its graph; null if the error concerns no node
 * @param module the path of the module that the node reads, writes, skips or calls, such as {@code
 *     transformer.h.3.mlp}; null if there is none
 */
public record Location(SourceLine line, @Nullable Integer node, @Nullable String module)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** A line without a node. */
  public static Location at(SourceLine line) {
    return new Location(line, null, null);
  }
}
