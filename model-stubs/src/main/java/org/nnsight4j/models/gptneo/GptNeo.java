package org.nnsight4j.models.gptneo;

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
 * GPT-Neo as Hugging Face lays it out ({@code GPTNeoForCausalLM}): GPT-Neo, TinyStories and others
 * whose {@code model_type} is {@code gpt_neo}. The input is token ids {@code [batch, position]},
 * the output logits {@code [batch, position, vocab]}.
 */
@Architecture("gpt_neo")
public interface GptNeo extends Layer<GptNeo.Vocab> {
  /** The stack of blocks ({@code GPTNeoModel}): ids to the final, normalised residual stream. */
  Transformer transformer();

  /** The unembedding ({@code Linear}): {@code [..., hidden]} to {@code [..., vocab]}. */
  @HuggingFace("Linear")
  @At("lm_head")
  Linear<Hidden, Vocab> lmHead();

  /** {@code GPTNeoModel}. */
  @HuggingFace("GPTNeoModel")
  interface Transformer extends Layer<Hidden> {
    /**
     * The keyword input {@code position_ids}, INT64 {@code [batch, position]}: each token's place
     * in its own row, from 0; padding has 0.
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
    Block h(@Index("num_layers") int layer);

    /** The final layer norm. */
    @HuggingFace("LayerNorm")
    @At("ln_f")
    LayerNorm<Hidden> lnF();
  }

  /** {@code GPTNeoBlock}: attention and MLP, each added to the residual stream. */
  @HuggingFace("GPTNeoBlock")
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

  /** {@code GPTNeoAttention}, which only passes on the output of the attention inside it. */
  @HuggingFace("GPTNeoAttention")
  interface Attention extends TupleLayer<Hidden> {
    /**
     * Attention itself: to all earlier positions, or to the last {@code window_size} ones in a
     * local layer.
     */
    SelfAttention attention();
  }

  /** {@code GPTNeoSelfAttention}; its scores are not scaled. */
  @HuggingFace("GPTNeoSelfAttention")
  interface SelfAttention extends TupleLayer<Hidden> {
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

    /** Masked scores before the softmax, {@code [batch, head, position, key]}. */
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

  /** {@code GPTNeoMLP}. */
  @HuggingFace("GPTNeoMLP")
  interface Mlp extends Transform<Hidden, Hidden> {
    /** Up to the inner width, before the activation function. */
    @HuggingFace("Linear")
    @At("c_fc")
    Linear<Hidden, Inner> cFc();

    /** The activation function; its output is the neurons. */
    Transform<Inner, Inner> act();

    /** Down to the residual stream's width. */
    @HuggingFace("Linear")
    @At("c_proj")
    Linear<Inner, Hidden> cProj();

    /** Dropout, which does nothing here. */
    @HuggingFace("Dropout")
    Transform<Hidden, Hidden> dropout();
  }

  /** Width of the residual stream, {@code hidden_size}. */
  interface Hidden extends Axis {}

  /** Width of the MLP's neurons, {@code intermediate_size}. */
  interface Inner extends Axis {}

  /** Width of one attention head. */
  interface HeadDim extends Axis {}

  /** The positions that are attended to; only the run knows how many. */
  interface Key extends Axis {}

  /** The vocabulary, {@code vocab_size}. */
  interface Vocab extends Axis {}
}
