package org.nnsight4j.models.gpt2;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Conv1D;
import org.nnsight4j.arch.Embedding;
import org.nnsight4j.arch.HuggingFace;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.LayerNorm;
import org.nnsight4j.arch.Linear;
import org.nnsight4j.arch.Shape;
import org.nnsight4j.arch.Site;
import org.nnsight4j.arch.Transform;
import org.nnsight4j.arch.TupleLayer;
import org.nnsight4j.tensor.Axis;

/**
 * GPT-2 as Hugging Face lays it out ({@code GPT2LMHeadModel}). The input is token ids {@code
 * [batch, position]}, the output logits {@code [batch, position, vocab]}.
 */
@Architecture("gpt2")
public interface Gpt2 extends Layer<Gpt2.Vocab> {
  /** The stack of blocks ({@code GPT2Model}): ids to the final, normalised residual stream. */
  Transformer transformer();

  /** The unembedding ({@code Linear}): {@code [..., hidden]} to {@code [..., vocab]}. */
  @HuggingFace("Linear")
  @At("lm_head")
  Linear<Hidden, Vocab> lmHead();

  /** {@code GPT2Model}. */
  @HuggingFace("GPT2Model")
  interface Transformer extends Layer<Hidden> {
    /**
     * The keyword input {@code position_ids}, INT64 {@code [batch, position]}: each token's place
     * in its own row, from 0; padding has 0.
     */
    @At("position_ids")
    @Shape("[batch, position]")
    Site<Axis> positionIds();

    /**
     * The keyword input {@code attention_mask}, INT64 {@code [batch, key]}: 1 where there is a
     * token to attend to, 0 for padding. A replacement holds for this step only.
     */
    @At("attention_mask")
    @Shape("[batch, key]")
    Site<Key> attentionMask();

    /** Token embeddings: ids to {@code [batch, position, hidden]}. */
    @HuggingFace("Embedding")
    Embedding<Hidden> wte();

    /** Position embeddings: positions in the row to {@code [batch, position, hidden]}. */
    @HuggingFace("Embedding")
    Embedding<Hidden> wpe();

    /** Dropout, which does nothing here; its input is the sum of the two embeddings. */
    @HuggingFace("Dropout")
    Transform<Hidden, Hidden> drop();

    /**
     * One block; 0 is the first, -1 the last. Its input and {@code output(0)} are the residual
     * stream.
     */
    Block h(@Index("n_layer") int layer);

    /** The final layer norm. */
    @HuggingFace("LayerNorm")
    @At("ln_f")
    LayerNorm<Hidden> lnF();
  }

  /** {@code GPT2Block}: attention and MLP, each added to the residual stream. */
  @HuggingFace("GPT2Block")
  interface Block extends TupleLayer<Hidden> {
    /** The layer norm before attention. */
    @HuggingFace("LayerNorm")
    @At("ln_1")
    LayerNorm<Hidden> ln1();

    /** What attention adds to the residual stream. */
    Attention attn();

    /**
     * The layer norm before the MLP; its input is the residual stream between attention and MLP.
     */
    @HuggingFace("LayerNorm")
    @At("ln_2")
    LayerNorm<Hidden> ln2();

    /** What the MLP adds to the residual stream. */
    Mlp mlp();
  }

  /** {@code GPT2Attention}. */
  @HuggingFace("GPT2Attention")
  interface Attention extends TupleLayer<Hidden> {
    /** Queries, keys and values of all heads, concatenated, {@code [batch, position, 3 hidden]}. */
    @HuggingFace("Conv1D")
    @At("c_attn")
    Conv1D<Hidden, Qkv> cAttn();

    /** Queries per head, {@code [batch, head, position, head_dim]}. */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> q();

    /**
     * Keys per head, {@code [batch, head, position, head_dim]}; at later steps, only of the new
     * positions.
     */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> k();

    /**
     * Values per head, {@code [batch, head, position, head_dim]}; at later steps, only of the new
     * positions.
     */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> v();

    /** Scaled and masked scores before the softmax, {@code [batch, head, position, key]}. */
    @Shape("[batch, head, position, key]")
    Site<Key> scores();

    /** The attention pattern, {@code [batch, head, position, key]}; its rows sum to 1. */
    @Shape("[batch, head, position, key]")
    Site<Key> pattern();

    /** Mixed values per head, {@code [batch, head, position, head_dim]}. */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> z();

    /** The output projection; its input is {@code z} with the heads concatenated. */
    @HuggingFace("Conv1D")
    @At("c_proj")
    Conv1D<Hidden, Hidden> cProj();

    /** Dropout, which does nothing here. */
    @HuggingFace("Dropout")
    @At("resid_dropout")
    Transform<Hidden, Hidden> residDropout();
  }

  /** {@code GPT2MLP}. */
  @HuggingFace("GPT2MLP")
  interface Mlp extends Transform<Hidden, Hidden> {
    /** Up to the inner width, before the activation function. */
    @HuggingFace("Conv1D")
    @At("c_fc")
    Conv1D<Hidden, Inner> cFc();

    /** The activation function; its output is the neurons. */
    Transform<Inner, Inner> act();

    /** Down to the residual stream's width. */
    @HuggingFace("Conv1D")
    @At("c_proj")
    Conv1D<Inner, Hidden> cProj();

    /** Dropout, which does nothing here. */
    @HuggingFace("Dropout")
    Transform<Hidden, Hidden> dropout();
  }

  /** Width of the residual stream, {@code n_embd}. */
  interface Hidden extends Axis {}

  /** Width of the MLP's neurons, {@code n_inner}. */
  interface Inner extends Axis {}

  /** Width of queries, keys and values together, three times {@link Hidden}. */
  interface Qkv extends Axis {}

  /** Width of one attention head. */
  interface HeadDim extends Axis {}

  /** The positions that are attended to; only the run knows how many. */
  interface Key extends Axis {}

  /** The vocabulary, {@code vocab_size}. */
  interface Vocab extends Axis {}
}
