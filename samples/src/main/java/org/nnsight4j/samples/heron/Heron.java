package org.nnsight4j.samples.heron;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.Pair;
import org.nnsight4j.arch.Shape;
import org.nnsight4j.arch.Site;
import org.nnsight4j.arch.Transform;
import org.nnsight4j.arch.TupleLayer;
import org.nnsight4j.tensor.Axis;

// snippet: descriptor
/** A decoder with its own names. Ids {@code [batch, position]} become logits. */
@Architecture("heron")
public interface Heron extends Layer<Heron.Vocab> {
  Trunk trunk();

  /** {@code [..., hidden]} to {@code [..., vocab]}. */
  Transform<Hidden, Vocab> unembed();

  /** Ids to the normalised last residual stream. */
  interface Trunk extends Layer<Hidden> {
    /** Token embeddings, {@code [batch, position, hidden]}. */
    Layer<Hidden> embed();

    /** Cosines and sines, {@code [batch, position, rotary]}. */
    Pair<Rotary> turns();

    Block blocks(@Index("depth") int layer);

    @At("last_norm")
    Transform<Hidden, Hidden> lastNorm();
  }

  /** One block; input and output are the residual stream, {@code [batch, position, hidden]}. */
  interface Block extends Transform<Hidden, Hidden> {
    Transform<Hidden, Hidden> norm1();

    Attention mix();

    Transform<Hidden, Hidden> norm2();

    Mlp mlp();
  }

  /** Heads of queries; several share one head of keys. */
  interface Attention extends TupleLayer<Hidden> {
    /** Queries, keys and values of all heads, side by side. */
    Transform<Hidden, Qkv> qkv();

    /** The attention pattern; its rows sum to 1. */
    @Shape("[batch, head, position, key]")
    Site<Key> pattern();

    /** Mixed values per head. */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> z();

    Transform<Queries, Hidden> out();
  }

  /** Each neuron is multiplied by the activation of its gate. */
  interface Mlp extends Transform<Hidden, Hidden> {
    Transform<Hidden, Inner> gate();

    Transform<Hidden, Inner> up();

    Transform<Inner, Inner> act();

    Transform<Inner, Hidden> down();
  }

  /** Width of the residual stream, {@code width}. */
  interface Hidden extends Axis {}

  /** Width of queries, keys and values of all heads. */
  interface Qkv extends Axis {}

  /** Width of the queries of all heads. */
  interface Queries extends Axis {}

  /** Width of one head. */
  interface HeadDim extends Axis {}

  /** Width of the rotated part of a head. */
  interface Rotary extends Axis {}

  /** The positions that are attended to. */
  interface Key extends Axis {}

  /** Width of the MLP's neurons. */
  interface Inner extends Axis {}

  /** The vocabulary. */
  interface Vocab extends Axis {}
}
// end
