package org.nnsight4j.arch;

import java.util.Optional;
import java.util.OptionalInt;
import org.nnsight4j.arch.Decoder.HeadDim;
import org.nnsight4j.arch.Decoder.Key;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/** The attention of one layer of any decoder. Keys and values may have fewer heads than queries. */
@NotUserCode
public final class DecoderAttention {
  private final Scope scope;
  private final DecoderPlaces.Attention places;

  DecoderAttention(Scope scope, DecoderPlaces.Attention places) {
    this.scope = scope;
    this.places = places;
  }

  /** The number of heads of queries, scores, pattern and {@link #z()}. */
  public int heads() {
    return places.heads();
  }

  /**
   * The number of heads of keys and values; query head {@code h} uses {@code h / (heads /
   * kvHeads)}.
   */
  public int kvHeads() {
    return places.kvHeads();
  }

  /** The width of a head. */
  public int headDim() {
    return places.headDim();
  }

  /** How many keys a query sees, its own included; empty for all. */
  public OptionalInt window() {
    Integer window = places.window();
    return window == null ? OptionalInt.empty() : OptionalInt.of(window);
  }

  /**
   * Whether a learned sink takes part of each row, so that rows of the pattern sum to less than 1.
   */
  public boolean hasSinks() {
    return places.sinks();
  }

  /**
   * Queries before rotary positions are applied, and after the normalisation of families that have
   * one; {@code [batch, head, position, head_dim]}.
   */
  public Value<HeadDim> q() {
    return inner("q");
  }

  /** Keys, like {@link #q()}; {@code [batch, kvhead, position, head_dim]}. */
  public Value<HeadDim> k() {
    return inner("k");
  }

  /** Values; {@code [batch, kvhead, position, head_dim]}. */
  public Value<HeadDim> v() {
    return inner("v");
  }

  /**
   * Queries and keys after rotary positions are applied; empty in families without rotary
   * positions.
   */
  public Optional<RotatedHeads> rotated() {
    return places.rotates()
        ? Optional.of(new RotatedHeads(() -> inner("rotQ"), () -> inner("rotK")))
        : Optional.empty();
  }

  /** Scores after scale, cap and mask; {@code [batch, head, position, key]}. */
  public Value<Key> scores() {
    return inner("scores");
  }

  /** Softmax of the scores; {@code [batch, head, position, key]}. */
  public Value<Key> pattern() {
    return inner("pattern");
  }

  /** Values weighted by the pattern; {@code [batch, head, position, head_dim]}. */
  public Value<HeadDim> z() {
    return inner("z");
  }

  /**
   * What each head writes: its {@link #z()} times its slice of the output projection, without the
   * projection's bias (TransformerLens' {@code result}, with heads before positions). The sum over
   * heads and the bias are what the projection gives; families that normalise what attention gives
   * back (Gemma 2, OLMo 2) do it after that.
   *
   * @return {@code [batch, head, position, hidden]}, computed and not a place: {@link #z()} is
   *     written instead
   */
  public Value<Decoder.Hidden> results() {
    float[] eye = new float[heads() * heads()];
    for (int head = 0; head < heads(); head++) {
      eye[head * heads() + head] = 1;
    }
    Value<HeadDim> z = z();
    Value<HeadDim> own = z.constant(Tensor.of(eye, heads(), 1, heads(), 1)).toType(z.dtype());
    return projected(z.transpose(0, 2, 1, 3).expandDims(1).mul(own), "0:1, 0:1, 0:1");
  }

  /**
   * What one head writes: {@link #results()} of it alone, which costs one projection and not one
   * for each head.
   *
   * @param head from 0, or from -1 backwards
   * @return {@code [batch, position, hidden]}
   */
  public Value<Decoder.Hidden> result(int head) {
    if (head >= heads() || head < -heads()) {
      throw scope.fail(
          "head %s does not exist: %s has %s, so 0 to %s, or -1 to %s from the end"
              .formatted(head, this, heads(), heads() - 1, -heads()));
    }
    float[] one = new float[heads()];
    one[head < 0 ? head + heads() : head] = 1;
    Value<HeadDim> z = z();
    Value<HeadDim> own = z.constant(Tensor.of(one, heads(), 1)).toType(z.dtype());
    return projected(z.transpose(0, 2, 1, 3).mul(own), "0:1, 0:1");
  }

  /**
   * The projection of heads beside each other, without its bias.
   *
   * @param first the index of one vector
   */
  private Value<Decoder.Hidden> projected(Value<Axis> alone, String first) {
    Value<?> joined = alone.flatten(-2, -1);
    Value<Decoder.Hidden> written = scope.apply(places.projection(), joined);
    Value<Decoder.Hidden> bias = scope.apply(places.projection(), joined.get(first).mul(0));
    return written.sub(bias);
  }

  /**
   * The module's input: the residual stream, after the normalisation of families that normalise
   * before attention; {@code [batch, position, hidden]}.
   */
  public Value<Axis> input() {
    return scope.read(SiteKey.input(places.module()));
  }

  private <A> Value<A> inner(String name) {
    return scope.read(SiteKey.output(places.module() + "." + name));
  }

  @Override
  public String toString() {
    return places.module();
  }
}
