package org.nnsight4j.arch;

import org.nnsight4j.arch.Decoder.Hidden;
import org.nnsight4j.arch.Decoder.Neurons;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.values.Value;

/** The MLP of a layer all of whose neurons run for all tokens. */
@NotUserCode
public final class DenseMlp {
  private final Scope scope;
  private final DecoderPlaces.Mlp places;

  DenseMlp(Scope scope, DecoderPlaces.Mlp places) {
    this.scope = scope;
    this.places = places;
  }

  /**
   * What it reads: the residual stream, after the normalisation of families that normalise before
   * the MLP; {@code [batch, position, hidden]}.
   */
  public Value<Hidden> input() {
    return scope.read(places.input());
  }

  /**
   * The input of the activation function; in a gated MLP, the gates; {@code [batch, position,
   * inner]}.
   */
  public Value<Neurons> preActivation() {
    return scope.read(places.preActivation());
  }

  /**
   * The input of the down projection: after the activation, and in a gated MLP after the product;
   * {@code [batch, position, inner]}.
   */
  public Value<Neurons> neurons() {
    return scope.read(places.neurons());
  }

  /** The output of the down projection; {@code [batch, position, hidden]}. */
  public Value<Hidden> output() {
    return scope.read(places.output());
  }
}
