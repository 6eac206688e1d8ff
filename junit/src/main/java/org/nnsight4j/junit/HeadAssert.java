package org.nnsight4j.junit;

import com.google.errorprone.annotations.CanIgnoreReturnValue;
import com.google.errorprone.annotations.CheckReturnValue;
import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.arch.DecoderAttention;
import org.nnsight4j.values.Value;

/**
 * Where one attention head looks from one position: the last, unless {@link #from} says else. A
 * token that stands several times in the prompt counts with the sum of its weights.
 */
public final class HeadAssert {
  private final PromptAssert prompt;
  private final int layer;
  private final int head;
  private final int position;

  HeadAssert(PromptAssert prompt, int layer, int head) {
    this(prompt, layer, head, -1);
  }

  private HeadAssert(PromptAssert prompt, int layer, int head, int position) {
    this.prompt = prompt;
    this.layer = layer;
    this.head = head;
    this.position = position;
  }

  /** From another position; negative positions count from the last. */
  @CheckReturnValue
  public HeadAssert from(int position) {
    return new HeadAssert(prompt, layer, head, position);
  }

  /**
   * Fails unless the position with the largest weight has this token.
   *
   * @param token a token of the prompt, with its space
   */
  @CanIgnoreReturnValue
  public HeadAssert attendsMostTo(String token) {
    double[] weights = weights();
    List<Integer> places = prompt.prompted().positions(token);
    int most =
        IntStream.range(0, weights.length)
            .reduce((a, b) -> weights[b] > weights[a] ? b : a)
            .orElseThrow();
    if (!places.contains(most)) {
      prompt.fail(
          "expected head %s of layer %s to look most at '%s', found '%s' at position %s with %s, and %s for '%s'"
              .formatted(
                  head,
                  layer,
                  token,
                  prompt.prompted().name(prompt.prompted().ids()[most]),
                  most,
                  PromptAssert.shown(weights[most]),
                  PromptAssert.shown(sum(weights, places)),
                  token));
    }
    return this;
  }

  /** Fails if the weight of a token is smaller than this. */
  @CanIgnoreReturnValue
  public HeadAssert attendsTo(String token, double atLeast) {
    double weight = sum(weights(), prompt.prompted().positions(token));
    if (!(weight >= atLeast)) {
      prompt.fail(
          "expected head %s of layer %s to give '%s' a weight of at least %s, found %s"
              .formatted(head, layer, token, atLeast, PromptAssert.shown(weight)));
    }
    return this;
  }

  private static double sum(double[] weights, List<Integer> places) {
    return places.stream().mapToDouble(place -> weights[place]).sum();
  }

  private double[] weights() {
    return prompt.read(this::row).toDoubleArray();
  }

  private Value<?> row(Decoder decoder) {
    DecoderAttention attention = decoder.layer(layer).attention();
    if (head < 0 || head >= attention.heads()) {
      throw decoder.fail(
          "head %s does not exist: layer %s has heads 0 to %s"
              .formatted(head, layer, attention.heads() - 1));
    }
    return attention.pattern().get("0, %s, %s".formatted(head, position));
  }

  /** More about the same prompt. */
  @CheckReturnValue
  public PromptAssert and() {
    return prompt;
  }
}
