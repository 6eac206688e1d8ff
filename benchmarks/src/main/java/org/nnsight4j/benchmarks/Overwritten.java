package org.nnsight4j.benchmarks;

import ai.djl.ndarray.NDArray;
import java.util.Objects;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Taps;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.Port;
import org.nnsight4j.family.SiteKey;

/**
 * Puts the embedding in the place of each block's output: what writes cost if nobody records,
 * plans, or looks at what there was.
 */
final class Overwritten implements Taps {
  private final int embedded;
  private final Set<Integer> blocks;
  private @Nullable NDArray value;

  Overwritten(Blueprint gpt2, int layers) {
    this.embedded = gpt2.order(SiteKey.output("transformer.drop"));
    this.blocks =
        IntStream.range(0, layers)
            .map(layer -> gpt2.order(new SiteKey("transformer.h." + layer, Port.OUTPUT, 0)))
            .boxed()
            .collect(Collectors.toSet());
  }

  @Override
  public boolean listens(int site) {
    return site == embedded || blocks.contains(site);
  }

  @Override
  public NDArray at(int site, NDArray found, Arena arena) {
    if (site == embedded) {
      value = found;
      return found;
    }
    return Objects.requireNonNull(value);
  }
}
