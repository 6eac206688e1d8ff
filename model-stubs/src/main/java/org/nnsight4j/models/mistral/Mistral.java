package org.nnsight4j.models.mistral;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Embedding;
import org.nnsight4j.arch.HuggingFace;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.Linear;
import org.nnsight4j.arch.Pair;
import org.nnsight4j.arch.RmsNorm;
import org.nnsight4j.arch.Shape;
import org.nnsight4j.arch.Site;
import org.nnsight4j.arch.Transform;
import org.nnsight4j.arch.TupleLayer;
import org.nnsight4j.tensor.Axis;

/**
 * Mistral as Hugging Face lays it out ({@code MistralForCausalLM}): 7B, Nemo, Small and others
 * whose {@code model_type} is {@code mistral}. The input is token ids {@code [batch, position]},
 * the output logits {@code [batch, position, vocab]}.
 */
@Architecture("mistral")
public interface Mistral extends Layer<Mistral.Vocab> {
  /** The stack of blocks ({@code MistralModel}): ids to the final, normalised residual stream. */
  Decoder model();

  /** The unembedding ({@code Linear}): {@code [..., hidden]} to {@code [..., vocab]}. */
  @HuggingFace("Linear")
  @At("lm_head")
  Linear<Hidden, Vocab> lmHead();

  /** {@code MistralModel}. */
  @HuggingFace("MistralModel")
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
    @At("embed_tokens")
    Embedding<Hidden> embedTokens();

    /**
     * The tables that rotate the queries and keys of all blocks: {@code output(0)} has the cosines,
     * {@code output(1)} the sines, {@code [batch, position, rotary]}.
     */
    @HuggingFace("MistralRotaryEmbedding")
    @At("rotary_emb")
    Pair<Rotary> rotaryEmb();

    /** One block; 0 is the first, -1 the last. Input and output are the residual stream. */
    Block layers(@Index("num_hidden_layers") int layer);

    /** The final normalisation. */
    @HuggingFace("MistralRMSNorm")
    RmsNorm<Hidden> norm();
  }

  /** {@code MistralDecoderLayer}: attention and MLP, each added to the residual stream. */
  @HuggingFace("MistralDecoderLayer")
  interface Block extends Transform<Hidden, Hidden> {
    /** The normalisation before attention. */
    @HuggingFace("MistralRMSNorm")
    @At("input_layernorm")
    RmsNorm<Hidden> inputLayernorm();

    /** What attention adds to the residual stream. */
    @At("self_attn")
    Attention selfAttn();

    /**
     * The normalisation before the MLP; its input is the residual stream between attention and MLP.
     */
    @HuggingFace("MistralRMSNorm")
    @At("post_attention_layernorm")
    RmsNorm<Hidden> postAttentionLayernorm();

    /** What the MLP adds to the residual stream. */
    Mlp mlp();
  }

  /**
   * {@code MistralAttention}: {@code head} query heads share {@code kvhead} heads of keys and
   * values. Where {@code sliding_window} is a number, a query sees that many keys.
   */
  @HuggingFace("MistralAttention")
  interface Attention extends TupleLayer<Hidden> {
    /** Queries of all heads, concatenated. */
    @HuggingFace("Linear")
    @At("q_proj")
    Linear<Hidden, Queries> qProj();

    /** Keys of all heads, concatenated. */
    @HuggingFace("Linear")
    @At("k_proj")
    Linear<Hidden, KeyValues> kProj();

    /** Values of all heads, concatenated. */
    @HuggingFace("Linear")
    @At("v_proj")
    Linear<Hidden, KeyValues> vProj();

    /**
     * Queries per head before rotary positions are applied, {@code [batch, head, position,
     * head_dim]}.
     */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> q();

    /**
     * Keys per head before rotary positions are applied, {@code [batch, kvhead, position,
     * head_dim]}; at later steps, only of the new positions.
     */
    @Shape("[batch, kvhead, position, headdim]")
    Site<HeadDim> k();

    /**
     * Values per head, {@code [batch, kvhead, position, head_dim]}; at later steps, only of the new
     * positions.
     */
    @Shape("[batch, kvhead, position, headdim]")
    Site<HeadDim> v();

    /** Queries per head after rotary positions are applied. */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> rotQ();

    /** Keys per head after rotary positions are applied, as the cache stores them. */
    @Shape("[batch, kvhead, position, headdim]")
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
    @At("o_proj")
    Linear<Queries, Hidden> oProj();
  }

  /** {@code MistralMLP}: each neuron is multiplied by the activation of its gate. */
  @HuggingFace("MistralMLP")
  interface Mlp extends Transform<Hidden, Hidden> {
    /** The gates, before the activation function. */
    @HuggingFace("Linear")
    @At("gate_proj")
    Linear<Hidden, Inner> gateProj();

    /** The activation function of the gates. */
    @At("act_fn")
    Transform<Inner, Inner> actFn();

    /** The up projection; its output is multiplied by the gates. */
    @HuggingFace("Linear")
    @At("up_proj")
    Linear<Hidden, Inner> upProj();

    /** The neurons: gates times up projection, {@code [batch, position, inner]}. */
    @Shape("[batch, position, inner]")
    Site<Inner> product();

    /** Down to the residual stream's width; its input is the neurons. */
    @HuggingFace("Linear")
    @At("down_proj")
    Linear<Inner, Hidden> downProj();
  }

  /** Width of the residual stream, {@code hidden_size}. */
  interface Hidden extends Axis {}

  /** Width of the MLP's neurons, {@code intermediate_size}. */
  interface Inner extends Axis {}

  /** Width of the queries of all heads, {@code num_attention_heads} times {@link HeadDim}. */
  interface Queries extends Axis {}

  /** Width of the keys of all heads, {@code num_key_value_heads} times {@link HeadDim}. */
  interface KeyValues extends Axis {}

  /** Width of one attention head, {@code head_dim}. */
  interface HeadDim extends Axis {}

  /** Width of the rotated part of a head: all of it. */
  interface Rotary extends Axis {}

  /** The positions that are attended to; only the run knows how many. */
  interface Key extends Axis {}

  /** The vocabulary, {@code vocab_size}. */
  interface Vocab extends Axis {}
}
