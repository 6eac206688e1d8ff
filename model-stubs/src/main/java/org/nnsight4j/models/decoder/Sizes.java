package org.nnsight4j.models.decoder;

import org.nnsight4j.family.Blueprint;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/**
 * The lengths of a decoder's axes.
 *
 * @param vocabulary the number of token ids
 * @param positions the length of the longest row; {@link #NO_LIMIT} if positions are not rows of a
 *     matrix
 * @param hidden the width of the residual stream
 * @param inner the number of neurons of an MLP
 * @param heads the number of query heads
 * @param kvHeads the number of heads of keys and values; divides {@code heads}
 * @param headDim the width of one head
 */
public record Sizes(
    int vocabulary, int positions, int hidden, int inner, int heads, int kvHeads, int headDim) {
  /** The limit of positions that are computed. */
  public static final int NO_LIMIT = Blueprint.NO_LIMIT;

  static final Dim BATCH = Dim.unknown(Dim.BATCH);
  static final Dim POSITION = Dim.unknown(Dim.POSITION);

  /** The width of all queries of a position, concatenated. */
  public int queries() {
    return heads * headDim;
  }

  /** The width of all keys of a position, concatenated, and that of all values. */
  public int keyValues() {
    return kvHeads * headDim;
  }

  Dims ids() {
    return Dims.of(BATCH, POSITION);
  }

  Dims residual() {
    return row("hidden", hidden);
  }

  Dims neurons() {
    return row("inner", inner);
  }

  Dims logits() {
    return row("vocab", vocabulary);
  }

  static Dims row(String axis, int width) {
    return Dims.of(BATCH, POSITION, Dim.named(axis, width));
  }

  Dims queryHeads() {
    return perHead(Dim.named("head", heads));
  }

  /** If each query head has keys of its own, both have the same heads. */
  Dims keyHeads(boolean shared) {
    return perHead(Dim.named(shared ? "kvhead" : "head", kvHeads));
  }

  private Dims perHead(Dim head) {
    return Dims.of(BATCH, head, POSITION, Dim.named("headdim", headDim));
  }
}
