package org.nnsight4j.arch;

import java.util.Optional;
import java.util.OptionalInt;
import org.nnsight4j.arch.Decoder.HeadDim;
import org.nnsight4j.arch.Decoder.Key;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Axis;
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
