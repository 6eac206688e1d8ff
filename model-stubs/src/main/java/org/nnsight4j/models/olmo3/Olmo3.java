package org.nnsight4j.models.olmo3;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Embedding;
import org.nnsight4j.arch.HuggingFace;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.Linear;
import org.nnsight4j.arch.MayBeAbsent;
import org.nnsight4j.arch.Pair;
import org.nnsight4j.arch.RmsNorm;
import org.nnsight4j.arch.Shape;
import org.nnsight4j.arch.Site;
import org.nnsight4j.arch.Transform;
import org.nnsight4j.arch.TupleLayer;
import org.nnsight4j.tensor.Axis;

/**
 * OLMo 3 as Hugging Face lays it out ({@code Olmo3ForCausalLM}). The input is token ids {@code
 * [batch, position]}, the output logits {@code [batch, position, vocab]}.
 */
@Architecture("olmo3")
public interface Olmo3 extends Layer<Olmo3.Vocab> {
  /** The stack of blocks ({@code Olmo3Model}): ids to the final, normalised residual stream. */
  Decoder model();

  /** The unembedding ({@code Linear}): {@code [..., hidden]} to {@code [..., vocab]}. */
  @HuggingFace("Linear")
  @At("lm_head")
  Linear<Hidden, Vocab> lmHead();

  /** {@code Olmo3Model}. */
  @HuggingFace("Olmo3Model")
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
     * The tables that rotate the queries and keys of layers that see everything: {@code output(0)}
     * has the cosines, {@code output(1)} the sines, {@code [batch, position, rotary]}. In
     * transformers this is the call of {@code rotary_emb} for {@code full_attention}.
     */
    @MayBeAbsent
    @HuggingFace("Olmo3RotaryEmbedding")
    @At("rotary_emb.full_attention")
    Pair<Rotary> rotaryEmbFullAttention();

    /**
     * The tables that rotate the queries and keys of layers with a window: {@code output(0)} has
     * the cosines, {@code output(1)} the sines, {@code [batch, position, rotary]}. In transformers
     * this is the call of {@code rotary_emb} for {@code sliding_attention}.
     */
    @MayBeAbsent
    @HuggingFace("Olmo3RotaryEmbedding")
    @At("rotary_emb.sliding_attention")
    Pair<Rotary> rotaryEmbSlidingAttention();

    /** One block; 0 is the first, -1 the last. Input and output are the residual stream. */
    Block layers(@Index("num_hidden_layers") int layer);

    /** The final normalisation. */
    @HuggingFace("Olmo3RMSNorm")
    RmsNorm<Hidden> norm();
  }

  /** {@code Olmo3DecoderLayer}: attention and MLP, each added to the residual stream. */
  @HuggingFace("Olmo3DecoderLayer")
  interface Block extends Transform<Hidden, Hidden> {
    /** Attention; its output is normalised before it is added to the residual stream. */
    @At("self_attn")
    Attention selfAttn();

    /** The normalisation of attention's output; the result is added to the residual stream. */
    @HuggingFace("Olmo3RMSNorm")
    @At("post_attention_layernorm")
    RmsNorm<Hidden> postAttentionLayernorm();

    /** The MLP; its output is normalised before it is added to the residual stream. */
    Mlp mlp();

    /** The normalisation of the MLP's output; the result is added to the residual stream. */
    @HuggingFace("Olmo3RMSNorm")
    @At("post_feedforward_layernorm")
    RmsNorm<Hidden> postFeedforwardLayernorm();
  }

  /**
   * {@code Olmo3Attention}: {@code head} query heads share {@code kvhead} heads of keys and values.
   * A layer with a window sees the last {@code sliding_window} keys.
   */
  @HuggingFace("Olmo3Attention")
  interface Attention extends TupleLayer<Hidden> {
    /** Queries of all heads, concatenated. */
    @HuggingFace("Linear")
    @At("q_proj")
    Linear<Hidden, Queries> qProj();

    /** The normalisation of all heads' queries together. */
    @HuggingFace("Olmo3RMSNorm")
    @At("q_norm")
    RmsNorm<Queries> qNorm();

    /** Keys of all heads, concatenated. */
    @HuggingFace("Linear")
    @At("k_proj")
    Linear<Hidden, KeyValues> kProj();

    /** The normalisation of all heads' keys together. */
    @HuggingFace("Olmo3RMSNorm")
    @At("k_norm")
    RmsNorm<KeyValues> kNorm();

    /** Values of all heads, concatenated. */
    @HuggingFace("Linear")
    @At("v_proj")
    Linear<Hidden, KeyValues> vProj();

    /**
     * Queries per head, normalised, before rotary positions are applied, {@code [batch, head,
     * position, head_dim]}.
     */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> q();

    /**
     * Keys per head, normalised, before rotary positions are applied, {@code [batch, kvhead,
     * position, head_dim]}; at later steps, only of the new positions.
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

  /** {@code Olmo3MLP}: each neuron is multiplied by the activation of its gate. */
  @HuggingFace("Olmo3MLP")
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
