package org.nnsight4j;

import java.util.List;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.nnsight4j.arch.Site;

/** The layers of a model as a list: {@code Layers.of(model.transformer()::h)}. */
public final class Layers {
  private Layers() {}

  /**
   * All layers that a method of the descriptor gives, the first one first. A loop over them is a
   * Java loop; it ends early at any place of the run by {@code cond}.
   */
  public static <L> List<L> of(IntFunction<L> layers) {
    String path = Site.path(layers.apply(-1));
    int last = Integer.parseInt(path.substring(path.lastIndexOf('.') + 1));
    return IntStream.rangeClosed(0, last).mapToObj(layers).toList();
  }
}
