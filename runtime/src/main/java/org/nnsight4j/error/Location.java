package org.nnsight4j.error;

import java.io.Serializable;
import org.jspecify.annotations.Nullable;

/**
 * What an error is about: a line of the user's code, and the step that was recorded there.
 *
 * @param node the id of the step in its graph; null if the error is about none
 * @param module the path of the module that the step reads, writes, skips or calls, such as {@code
 *     transformer.h.3.mlp}; null if there is none
 */
public record Location(SourceLine line, @Nullable Integer node, @Nullable String module)
    implements Serializable {
  private static final long serialVersionUID = 1L;

  /** A line, and no step of a graph. */
  public static Location at(SourceLine line) {
    return new Location(line, null, null);
  }
}
