package org.nnsight4j.internal.decode;

import java.util.Arrays;
import java.util.List;
import java.util.OptionalLong;
import org.nnsight4j.generate.GeneratedSequence;

/**
 * The result of a run of {@link Generation}.
 *
 * @param rows for each prompt its sequences, best or first drawn first
 * @param padTokenId what fills ended rows in {@link #newIds()}, if there is such a token
 * @param seed with sampling, the seed that gives the same sequences again
 */
public record Generated(
    List<List<GeneratedSequence>> rows, OptionalLong padTokenId, OptionalLong seed) {
  public Generated {
    rows = rows.stream().map(List::copyOf).toList();
  }

  /** The only or best sequence of one prompt. */
  public GeneratedSequence row(int prompt) {
    return rows.get(prompt).get(0);
  }

  /** The sequences of all prompts, those of one prompt next to each other. */
  public List<GeneratedSequence> sequences() {
    return rows.stream().flatMap(List::stream).toList();
  }

  /** The new tokens as a rectangle, as in Hugging Face: shorter rows end with the pad token. */
  public long[][] newIds() {
    long[][] ids = sequences().stream().map(GeneratedSequence::newIds).toArray(long[][]::new);
    int width = Arrays.stream(ids).mapToInt(row -> row.length).max().orElse(0);
    for (int i = 0; i < ids.length; i++) {
      int length = ids[i].length;
      if (length < width) {
        ids[i] = Arrays.copyOf(ids[i], width);
        Arrays.fill(ids[i], length, width, padTokenId.orElseThrow());
      }
    }
    return ids;
  }
}
