package org.nnsight4j.internal.sweep;

import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import org.jspecify.annotations.Nullable;

/**
 * The positions of a sweep.
 *
 * @param together whether one cell acts on all of them; otherwise each is a cell
 * @param chosen positions of each prompt, from its end if negative; null for all
 */
public record SweepPositions(boolean together, @Nullable List<Integer> chosen) {
  /** One cell for each position. */
  public static final SweepPositions EACH = new SweepPositions(false, null);

  public SweepPositions {
    chosen = chosen == null ? null : List.copyOf(chosen);
  }

  /** How many cells there are beside each other. */
  public int slots(int longest) {
    return together ? 1 : chosen == null ? longest : chosen.size();
  }

  /** Where a cell acts in a prompt of a length, in order; nothing if the prompt is too short. */
  int[] columns(int slot, int length) {
    int[] wanted;
    if (together) {
      wanted =
          chosen == null
              ? IntStream.range(0, length).toArray()
              : chosen.stream().mapToInt(position -> position).toArray();
    } else {
      wanted = new int[] {chosen == null ? slot : chosen.get(slot)};
    }
    return Arrays.stream(wanted)
        .map(position -> position < 0 ? position + length : position)
        .filter(position -> position >= 0 && position < length)
        .sorted()
        .distinct()
        .toArray();
  }
}
