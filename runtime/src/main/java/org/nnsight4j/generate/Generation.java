package org.nnsight4j.generate;

import java.util.List;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;

/** The decoding loop. */
public final class Generation {
  private Generation() {}

  public static Generated run(
      List<long[]> prompts,
      NextToken model,
      ResolvedOptions options,
      @Nullable Function<long[], String> detokenize) {
    throw new UnsupportedOperationException("" + prompts + model + options + detokenize);
  }
}
