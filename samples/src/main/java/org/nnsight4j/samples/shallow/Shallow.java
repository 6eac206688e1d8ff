package org.nnsight4j.samples.shallow;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.Pinned;
import org.nnsight4j.arch.Shape;
import org.nnsight4j.arch.Site;
import org.nnsight4j.arch.Transform;
import org.nnsight4j.tensor.Axis;

// snippet: descriptor
/** Attention and nothing else, in two layers: small enough to be understood whole. */
@Architecture("shallow")
@Pinned("shallow.layers.json")
public interface Shallow extends Layer<Shallow.Vocab> {
  /** Token embeddings: ids to {@code [batch, position, hidden]}. */
  Layer<Hidden> embed();

  /** Position embeddings. */
  @At("pos_embed")
  Layer<Hidden> posEmbed();

  /** One layer: the residual stream, and what its attention adds. */
  Block blocks(@Index(value = "n_layers", count = 2) int layer);

  /** {@code [..., hidden]} to {@code [..., vocab]}. */
  Transform<Hidden, Vocab> unembed();

  /** The residual stream before and after one layer. */
  interface Block extends Transform<Hidden, Hidden> {
    Attention attn();
  }

  /** Causal attention without biases. */
  interface Attention extends Transform<Hidden, Hidden> {
    /** Queries, keys and values of all heads, side by side. */
    Transform<Hidden, Qkv> qkv();

    /** Queries per head. */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> q();

    /** Keys per head. */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> k();

    /** Values per head. */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> v();

    /** Scaled and masked scores. */
    @Shape("[batch, head, position, key]")
    Site<Key> scores();

    /** The attention pattern; its rows sum to 1. */
    @Shape("[batch, head, position, key]")
    Site<Key> pattern();

    /** Mixed values per head. */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> z();

    /** All heads together, back into the residual stream. */
    Transform<Hidden, Hidden> out();
  }

  /** Width of the residual stream, {@code d_model}. */
  interface Hidden extends Axis {}

  /** Three times {@link Hidden}. */
  interface Qkv extends Axis {}

  /** Width of one head. */
  interface HeadDim extends Axis {}

  /** The positions that are attended to. */
  interface Key extends Axis {}

  /** The vocabulary. */
  interface Vocab extends Axis {}
}
// end
