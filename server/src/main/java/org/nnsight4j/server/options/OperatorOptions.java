package org.nnsight4j.server.options;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;

/**
 * What an operator sees and may change while the server runs.
 *
 * @param modelStore the folder whose models an administrator may load; null if none may be
 * @param accessLog where requests are logged; null for nowhere
 */
public record OperatorOptions(@Nullable Path modelStore, @Nullable AccessLogOptions accessLog) {
  /** Nothing is loaded while the server runs, and no request is logged. */
  public static final OperatorOptions NONE = new OperatorOptions(null, null);
}
