package org.nnsight4j.models.gptj;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
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
 * GPT-J as Hugging Face lays it out ({@code GPTJForCausalLM}): models whose {@code model_type} is
 * {@code gptj}. The input is token ids {@code [batch, position]}, the output logits {@code [batch,
 * position, vocab]}.
 */
@Architecture("gptj")
public interface GptJ extends Layer<GptJ.Vocab> {
  /** The stack of blocks ({@code GPTJModel}): ids to the final, normalised residual stream. */
  Transformer transformer();

  /**
   * The unembedding ({@code Linear}, with a bias): {@code [..., hidden]} to {@code [..., vocab]}.
   */
  @HuggingFace("Linear")
  @At("lm_head")
  Linear<Hidden, Vocab> lmHead();

  /** {@code GPTJModel}. */
  @HuggingFace("GPTJModel")
  interface Transformer extends Layer<Hidden> {
    /**
     * The keyword input {@code position_ids}, INT64 {@code [batch, position]}: each token's place
     * in its own row, from 0; padding has 0. If it is replaced, tokens are rotated as if they were
     * at those positions.
     */
    @Shape("[batch, position]")
    @At("position_ids")
    Site<Axis> positionIds();

    /**
     * The keyword input {@code attention_mask}, INT64 {@code [batch, key]}: 1 where there is a
     * token to attend to, 0 for padding. A replacement holds for this step only.
     */
    @Shape("[batch, key]")
    @At("attention_mask")
    Site<Key> attentionMask();

    /** Token embeddings: ids to {@code [batch, position, hidden]}. */
    @HuggingFace("Embedding")
    Embedding<Hidden> wte();

    /** Dropout, which does nothing here. */
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

  /**
   * {@code GPTJBlock}: attention and MLP read the same normalised stream, and both are added to the
   * residual stream at once.
   */
  @HuggingFace("GPTJBlock")
  interface Block extends TupleLayer<Hidden> {
    /** The layer norm that attention and MLP read. */
    @HuggingFace("LayerNorm")
    @At("ln_1")
    LayerNorm<Hidden> ln1();

    /** What attention adds to the residual stream. */
    Attention attn();

    /** What the MLP adds to the residual stream. */
    Mlp mlp();
  }

  /**
   * {@code GPTJAttention}: the first {@code rotary_dim} features of each head are rotated,
   * neighbours together.
   */
  @HuggingFace("GPTJAttention")
  interface Attention extends TupleLayer<Hidden> {
    /** Queries of all heads, concatenated. */
    @HuggingFace("Linear")
    @At("q_proj")
    Linear<Hidden, Hidden> qProj();

    /** Keys of all heads, concatenated. */
    @HuggingFace("Linear")
    @At("k_proj")
    Linear<Hidden, Hidden> kProj();

    /** Values of all heads, concatenated. */
    @HuggingFace("Linear")
    @At("v_proj")
    Linear<Hidden, Hidden> vProj();

    /**
     * Queries per head before rotary positions are applied, {@code [batch, head, position,
     * head_dim]}.
     */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> q();

    /**
     * Keys per head before rotary positions are applied, {@code [batch, head, position, head_dim]};
     * at later steps, only of the new positions.
     */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> k();

    /**
     * Values per head, {@code [batch, head, position, head_dim]}; at later steps, only of the new
     * positions.
     */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> v();

    /** Queries per head, with rotary positions applied to their first features. */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> rotQ();

    /** Keys per head after rotary positions are applied, as the cache stores them. */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> rotK();

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
    @HuggingFace("Linear")
    @At("out_proj")
    Linear<Hidden, Hidden> outProj();

    /** Dropout, which does nothing here. */
    @HuggingFace("Dropout")
    @At("resid_dropout")
    Transform<Hidden, Hidden> residDropout();
  }

  /** {@code GPTJMLP}. */
  @HuggingFace("GPTJMLP")
  interface Mlp extends Transform<Hidden, Hidden> {
    /** Up to the inner width, before the activation function. */
    @HuggingFace("Linear")
    @At("fc_in")
    Linear<Hidden, Inner> fcIn();

    /** The activation function; its output is the neurons. */
    Transform<Inner, Inner> act();

    /** Down to the residual stream's width. */
    @HuggingFace("Linear")
    @At("fc_out")
    Linear<Inner, Hidden> fcOut();

    /** Dropout, which does nothing here. */
    @HuggingFace("Dropout")
    Transform<Hidden, Hidden> dropout();
  }

  /** Width of the residual stream, {@code n_embd}. */
  interface Hidden extends Axis {}

  /** Width of the MLP's neurons, {@code n_inner}. */
  interface Inner extends Axis {}

  /** Width of one attention head. */
  interface HeadDim extends Axis {}

  /** The positions that are attended to; only the run knows how many. */
  interface Key extends Axis {}

  /** The vocabulary, {@code vocab_size}. */
  interface Vocab extends Axis {}
}
