package org.nnsight4j.models.gptneox;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Embedding;
import org.nnsight4j.arch.HuggingFace;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.LayerNorm;
import org.nnsight4j.arch.Linear;
import org.nnsight4j.arch.Pair;
import org.nnsight4j.arch.Shape;
import org.nnsight4j.arch.Site;
import org.nnsight4j.arch.Transform;
import org.nnsight4j.arch.TupleLayer;
import org.nnsight4j.tensor.Axis;

/**
 * GPT-NeoX as Hugging Face lays it out ({@code GPTNeoXForCausalLM}): Pythia, GPT-NeoX-20B, Dolly,
 * RedPajama-INCITE and others whose {@code model_type} is {@code gpt_neox}. The input is token ids
 * {@code [batch, position]}, the output logits {@code [batch, position, vocab]}.
 */
@Architecture("gpt_neox")
public interface GptNeoX extends Layer<GptNeoX.Vocab> {
  /** The stack of blocks ({@code GPTNeoXModel}): ids to the final, normalised residual stream. */
  @At("gpt_neox")
  Decoder gptNeox();

  /**
   * The unembedding ({@code Linear}): {@code [..., hidden]} to {@code [..., vocab]}. Files call it
   * {@code embed_out}, as transformers did before version 5.
   */
  @HuggingFace("Linear")
  @At("lm_head")
  Linear<Hidden, Vocab> lmHead();

  /** {@code GPTNeoXModel}. */
  @HuggingFace("GPTNeoXModel")
  interface Decoder extends Layer<Hidden> {
    /**
     * The keyword input {@code position_ids}, INT64 {@code [batch, position]}: each token's place
     * in its own row, from 0; padding has 0. If it is replaced, tokens are rotated as if they were
     * at those positions.
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
    @At("embed_in")
    Embedding<Hidden> embedIn();

    /** Dropout, which does nothing here. */
    @HuggingFace("Dropout")
    @At("emb_dropout")
    Transform<Hidden, Hidden> embDropout();

    /**
     * The tables that rotate the queries and keys of all blocks: {@code output(0)} has the cosines,
     * {@code output(1)} the sines, {@code [batch, position, rotary]}.
     */
    @HuggingFace("GPTNeoXRotaryEmbedding")
    @At("rotary_emb")
    Pair<Rotary> rotaryEmb();

    /** One block; 0 is the first, -1 the last. Input and output are the residual stream. */
    Block layers(@Index("num_hidden_layers") int layer);

    /** The final layer norm. */
    @HuggingFace("LayerNorm")
    @At("final_layer_norm")
    LayerNorm<Hidden> finalLayerNorm();
  }

  /**
   * {@code GPTNeoXLayer}: attention and MLP, both added to the residual stream. With {@code
   * use_parallel_residual}, as in all of Pythia, both read the block's input; otherwise the MLP
   * reads the stream after attention has added to it.
   */
  @HuggingFace("GPTNeoXLayer")
  interface Block extends Transform<Hidden, Hidden> {
    /** The layer norm before attention. */
    @HuggingFace("LayerNorm")
    @At("input_layernorm")
    LayerNorm<Hidden> inputLayernorm();

    /** What attention adds to the residual stream. */
    Attention attention();

    /** Dropout, which does nothing here. */
    @HuggingFace("Dropout")
    @At("post_attention_dropout")
    Transform<Hidden, Hidden> postAttentionDropout();

    /** The layer norm before the MLP. */
    @HuggingFace("LayerNorm")
    @At("post_attention_layernorm")
    LayerNorm<Hidden> postAttentionLayernorm();

    /** What the MLP adds to the residual stream. */
    Mlp mlp();

    /** Dropout, which does nothing here. */
    @HuggingFace("Dropout")
    @At("post_mlp_dropout")
    Transform<Hidden, Hidden> postMlpDropout();
  }

  /** {@code GPTNeoXAttention}. */
  @HuggingFace("GPTNeoXAttention")
  interface Attention extends TupleLayer<Hidden> {
    /** Query, key and value of each head in turn, {@code [batch, position, 3 hidden]}. */
    @HuggingFace("Linear")
    @At("query_key_value")
    Linear<Hidden, Qkv> queryKeyValue();

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

    /** Queries per head, with rotary positions applied to their first {@link Rotary} features. */
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
    Linear<Hidden, Hidden> dense();
  }

  /** {@code GPTNeoXMLP}. */
  @HuggingFace("GPTNeoXMLP")
  interface Mlp extends Transform<Hidden, Hidden> {
    /** Up to the inner width, before the activation function. */
    @HuggingFace("Linear")
    @At("dense_h_to_4h")
    Linear<Hidden, Inner> denseHTo4h();

    /** The activation function; its output is the neurons. */
    Transform<Inner, Inner> act();

    /** Down to the residual stream's width. */
    @HuggingFace("Linear")
    @At("dense_4h_to_h")
    Linear<Inner, Hidden> dense4hToH();
  }

  /** Width of the residual stream, {@code hidden_size}. */
  interface Hidden extends Axis {}

  /** Width of the MLP's neurons, {@code intermediate_size}. */
  interface Inner extends Axis {}

  /** Width of queries, keys and values together, three times {@link Hidden}. */
  interface Qkv extends Axis {}

  /** Width of one attention head. */
  interface HeadDim extends Axis {}

  /** Width of the rotated part of a head: {@code rotary_pct} of it. */
  interface Rotary extends Axis {}

  /** The positions that are attended to; only the run knows how many. */
  interface Key extends Axis {}

  /** The vocabulary, {@code vocab_size}. */
  interface Vocab extends Axis {}
}
