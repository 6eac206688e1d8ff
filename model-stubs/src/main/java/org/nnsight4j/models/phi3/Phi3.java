package org.nnsight4j.models.phi3;

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
 * Phi-3 as Hugging Face lays it out ({@code Phi3ForCausalLM}): Phi-3, Phi-3.5-mini, Phi-4 and
 * Phi-4-mini, whose {@code model_type} is {@code phi3}. Where {@code rope_scaling} is {@code
 * longrope} and a row grows beyond {@code original_max_position_embeddings}, its keys are computed
 * again from its tokens, as transformers' {@code generate} does: they do not include writes of
 * earlier steps. The input is token ids {@code [batch, position]}, the output logits {@code [batch,
 * position, vocab]}.
 */
@Architecture("phi3")
public interface Phi3 extends Layer<Phi3.Vocab> {
  /** The stack of blocks ({@code Phi3Model}): ids to the final, normalised residual stream. */
  Decoder model();

  /** The unembedding ({@code Linear}): {@code [..., hidden]} to {@code [..., vocab]}. */
  @HuggingFace("Linear")
  @At("lm_head")
  Linear<Hidden, Vocab> lmHead();

  /** {@code Phi3Model}. */
  @HuggingFace("Phi3Model")
  interface Decoder extends Layer<Hidden> {
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
    @At("embed_tokens")
    Embedding<Hidden> embedTokens();

    /**
     * The tables that rotate the queries and keys of all blocks: {@code output(0)} has the cosines,
     * {@code output(1)} the sines, {@code [batch, position, rotary]}.
     */
    @HuggingFace("Phi3RotaryEmbedding")
    @At("rotary_emb")
    Pair<Rotary> rotaryEmb();

    /** One block; 0 is the first, -1 the last. Input and output are the residual stream. */
    Block layers(@Index("num_hidden_layers") int layer);

    /** The final normalisation. */
    @HuggingFace("Phi3RMSNorm")
    RmsNorm<Hidden> norm();
  }

  /** {@code Phi3DecoderLayer}: attention and MLP, each added to the residual stream. */
  @HuggingFace("Phi3DecoderLayer")
  interface Block extends Transform<Hidden, Hidden> {
    /** The normalisation before attention. */
    @HuggingFace("Phi3RMSNorm")
    @At("input_layernorm")
    RmsNorm<Hidden> inputLayernorm();

    /** What attention adds to the residual stream. */
    @At("self_attn")
    Attention selfAttn();

    /** Dropout, which does nothing here. */
    @HuggingFace("Dropout")
    @At("resid_attn_dropout")
    Transform<Hidden, Hidden> residAttnDropout();

    /**
     * The normalisation before the MLP; its input is the residual stream between attention and MLP.
     */
    @HuggingFace("Phi3RMSNorm")
    @At("post_attention_layernorm")
    RmsNorm<Hidden> postAttentionLayernorm();

    /** What the MLP adds to the residual stream. */
    Mlp mlp();

    /** Dropout, which does nothing here. */
    @HuggingFace("Dropout")
    @At("resid_mlp_dropout")
    Transform<Hidden, Hidden> residMlpDropout();
  }

  /**
   * {@code Phi3Attention}: {@code head} query heads share {@code kvhead} heads of keys and values.
   * With {@code sliding_window}, a query sees only that many of the last keys.
   */
  @HuggingFace("Phi3Attention")
  interface Attention extends TupleLayer<Hidden> {
    /** All queries, then all keys, then all values, {@code [batch, position, qkv]}. */
    @HuggingFace("Linear")
    @At("qkv_proj")
    Linear<Hidden, Qkv> qkvProj();

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

    /** Queries per head, with rotary positions applied to their first {@link Rotary} features. */
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

  /** {@code Phi3MLP}: each neuron is multiplied by the activation of its gate. */
  @HuggingFace("Phi3MLP")
  interface Mlp extends Transform<Hidden, Hidden> {
    /** All gates, then what they let through, {@code [batch, position, gateup]}. */
    @HuggingFace("Linear")
    @At("gate_up_proj")
    Linear<Hidden, GateUp> gateUpProj();

    /** The activation function of the gates. */
    @At("activation_fn")
    Transform<Inner, Inner> activationFn();

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

  /** Width of gates and what they let through, twice {@link Inner}. */
  interface GateUp extends Axis {}

  /** Width of queries, keys and values together. */
  interface Qkv extends Axis {}

  /** Width of the queries of all heads, {@code num_attention_heads} times {@link HeadDim}. */
  interface Queries extends Axis {}

  /** Width of one attention head. */
  interface HeadDim extends Axis {}

  /** Width of the rotated part of a head: {@code partial_rotary_factor} of it. */
  interface Rotary extends Axis {}

  /** The positions that are attended to; only the run knows how many. */
  interface Key extends Axis {}

  /** The vocabulary, {@code vocab_size}. */
  interface Vocab extends Axis {}
}
