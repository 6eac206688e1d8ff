package org.nnsight4j.models.mixtral;

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
import org.nnsight4j.arch.Triple;
import org.nnsight4j.arch.TupleLayer;
import org.nnsight4j.tensor.Axis;

/**
 * Mixtral as Hugging Face lays it out ({@code MixtralForCausalLM}). The input is token ids {@code
 * [batch, position]}, the output logits {@code [batch, position, vocab]}.
 */
@Architecture("mixtral")
public interface Mixtral extends Layer<Mixtral.Vocab> {
  /** The stack of blocks ({@code MixtralModel}): ids to the final, normalised residual stream. */
  Decoder model();

  /** The unembedding ({@code Linear}): {@code [..., hidden]} to {@code [..., vocab]}. */
  @HuggingFace("Linear")
  @At("lm_head")
  Linear<Hidden, Vocab> lmHead();

  /** {@code MixtralModel}. */
  @HuggingFace("MixtralModel")
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
    @HuggingFace("MixtralRotaryEmbedding")
    @At("rotary_emb")
    Pair<Rotary> rotaryEmb();

    /** One block; 0 is the first, -1 the last. Input and output are the residual stream. */
    Block layers(@Index("num_hidden_layers") int layer);

    /** The final normalisation. */
    @HuggingFace("MixtralRMSNorm")
    RmsNorm<Hidden> norm();
  }

  /** {@code MixtralDecoderLayer}: attention and MLP, each added to the residual stream. */
  @HuggingFace("MixtralDecoderLayer")
  interface Block extends Transform<Hidden, Hidden> {
    /** The normalisation before attention. */
    @HuggingFace("MixtralRMSNorm")
    @At("input_layernorm")
    RmsNorm<Hidden> inputLayernorm();

    /** What attention adds to the residual stream. */
    @At("self_attn")
    Attention selfAttn();

    /**
     * The normalisation before the MLP; its input is the residual stream between attention and MLP.
     */
    @HuggingFace("MixtralRMSNorm")
    @At("post_attention_layernorm")
    RmsNorm<Hidden> postAttentionLayernorm();

    /** What experts add to the residual stream. */
    Mlp mlp();
  }

  /**
   * {@code MixtralAttention}: {@code head} query heads share {@code kvhead} heads of keys and
   * values. Where {@code sliding_window} is a number, a query sees that many keys.
   */
  @HuggingFace("MixtralAttention")
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

  /** {@code MixtralSparseMoeBlock}: a router chooses experts for each token. */
  @HuggingFace("MixtralSparseMoeBlock")
  interface Mlp extends Transform<Hidden, Hidden> {
    /**
     * The router: {@code output(0)} has the logits of all experts, {@code [token, experts]}, {@code
     * output(1)} the weights of the chosen ones, {@code [token, chosen]}, {@code output(2)} their
     * indices, INT64. Tokens are the positions of all rows in one axis. A write to one element
     * changes the elements after it.
     */
    @HuggingFace("MixtralTopKRouter")
    Triple<Axis> gate();

    /** The combined output of each token's experts, {@code [token, hidden]}. */
    @HuggingFace("MixtralExperts")
    @Shape("[token, hidden]")
    Transform<Hidden, Hidden> experts();
  }

  /** Width of the residual stream, {@code hidden_size}. */
  interface Hidden extends Axis {}

  /** Width of the queries of all heads, {@code num_attention_heads} times {@link HeadDim}. */
  interface Queries extends Axis {}

  /** Width of the keys of all heads, {@code num_key_value_heads} times {@link HeadDim}. */
  interface KeyValues extends Axis {}

  /** Width of one attention head, {@code head_dim}. */
  interface HeadDim extends Axis {}

  /** Width of the rotated part of a head: all of it. */
  interface Rotary extends Axis {}

  /** The experts, {@code num_local_experts}. */
  interface Experts extends Axis {}

  /** The experts of a token, {@code num_experts_per_tok}. */
  interface Chosen extends Axis {}

  /** The positions that are attended to; only the run knows how many. */
  interface Key extends Axis {}

  /** The vocabulary, {@code vocab_size}. */
  interface Vocab extends Axis {}
}
