package org.nnsight4j.arch;

import java.util.Optional;
import org.nnsight4j.arch.Decoder.Hidden;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.DecoderPlaces.Sums;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.values.Value;

/** One layer of any decoder: attention and an MLP that add to the residual stream. */
@NotUserCode
public final class DecoderLayer {
  private final Scope scope;
  private final DecoderPlaces.Layer places;
  private final int index;

  DecoderLayer(Scope scope, DecoderPlaces.Layer places, int index) {
    this.scope = scope;
    this.places = places;
    this.index = index;
  }

  /** Its index, from 0. */
  public int index() {
    return index;
  }

  /** The residual stream before this layer; {@code [batch, position, hidden]}. */
  public Value<Hidden> input() {
    return scope.read(SiteKey.input(places.module()));
  }

  /** The residual stream after this layer: the first element where the block returns a tuple. */
  public Value<Hidden> output() {
    return scope.read(SiteKey.output(places.module()));
  }

  /** Skips this layer; its output is {@code stream}. */
  public void skip(Value<Hidden> stream) {
    scope.skip(places.module(), stream);
  }

  /** Its attention. */
  public DecoderAttention attention() {
    return new DecoderAttention(scope, places.attention());
  }

  /**
   * What attention adds to the residual stream, after the normalisation of families that have one
   * there; {@code [batch, position, hidden]}. Where the module itself adds to the stream (BLOOM),
   * this is a difference, which can be read but not written.
   */
  public Value<Hidden> attentionOut() {
    Value<Hidden> given = scope.read(places.attentionOut());
    return places.sums() == Sums.INSIDE ? given.sub(input()) : given;
  }

  /** What the MLP or the experts add to the residual stream, like {@link #attentionOut()}. */
  public Value<Hidden> mlpOut() {
    Value<Hidden> given = scope.read(places.mlpOut());
    return places.sums() == Sums.INSIDE ? given.sub(middle()) : given;
  }

  /**
   * Whether input + attentionOut + mlpOut is the output. It is not where the stream itself is
   * normalised between the two halves.
   */
  public boolean addsUp() {
    return places.sums() != Sums.NORMED;
  }

  /** The stream between the two halves; empty where both read the layer's input (Pythia, Phi). */
  public Optional<SequentialBlock> sequential() {
    return places.sums() == Sums.AT_ONCE
        ? Optional.empty()
        : Optional.of(new SequentialBlock(this::middle));
  }

  /** Its MLP; empty where a router chooses experts instead. */
  public Optional<DenseMlp> denseMlp() {
    DecoderPlaces.Mlp mlp = places.mlp();
    return mlp == null ? Optional.empty() : Optional.of(new DenseMlp(scope, mlp));
  }

  private Value<Hidden> middle() {
    SiteKey site = places.middle();
    return site == null ? attentionOut().add(input()) : scope.read(site);
  }

  @Override
  public String toString() {
    return places.module();
  }
}
