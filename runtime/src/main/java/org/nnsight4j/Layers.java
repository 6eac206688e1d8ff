package org.nnsight4j;

import java.util.List;
import java.util.Objects;
import java.util.function.IntFunction;
import java.util.stream.IntStream;
import org.nnsight4j.arch.Site;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;

/** The layers of a model as a list: {@code Layers.of(model.transformer()::h)}. */
@NotUserCode
public final class Layers {
  private Layers() {}

  /**
   * All layers that a method of the descriptor returns, in order, or a part of each, as in {@code
   * Layers.of(i -> model.transformer().h(i).mlp())}. A loop over them is a Java loop; {@code cond}
   * can end it early during the run.
   *
   * @throws RecordingException if the function returns the same layer for each index
   */
  public static <L> List<L> of(IntFunction<L> layers) {
    Objects.requireNonNull(layers, "the layers are null");
    String first = Site.path(layers.apply(0));
    String last = Site.path(layers.apply(-1));
    return IntStream.rangeClosed(0, lastIndex(first.split("\\."), last.split("\\.")))
        .mapToObj(layers)
        .toList();
  }

  /** The index is where the paths of the first and the last layer differ. */
  private static int lastIndex(String[] first, String[] last) {
    boolean isOne = false;
    for (int i = 0; i < first.length && i < last.length; i++) {
      if (!first[i].equals(last[i]) && first[i].equals("0")) {
        return Integer.parseInt(last[i]);
      }
      isOne |= first[i].equals("0");
    }
    if (isOne) { // a model of one layer
      return 0;
    }
    throw UserFrames.trimmed(
        new RecordingException(
            Location.at(UserFrames.here()),
            "Layers.of needs a function that gives another layer for each index, such as model.transformer()::h; this one gives '%s' for all"
                .formatted(String.join(".", first))));
  }
}
