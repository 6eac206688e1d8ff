package org.nnsight4j.models.phi;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Embedding;
import org.nnsight4j.arch.HuggingFace;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.LayerNorm;
import org.nnsight4j.arch.Linear;
import org.nnsight4j.arch.MayBeAbsent;
import org.nnsight4j.arch.Pair;
import org.nnsight4j.arch.Shape;
import org.nnsight4j.arch.Site;
import org.nnsight4j.arch.Transform;
import org.nnsight4j.arch.TupleLayer;
import org.nnsight4j.tensor.Axis;

/**
 * Phi as Hugging Face lays it out ({@code PhiForCausalLM}): Phi-1, Phi-1.5 and Phi-2, whose {@code
 * model_type} is {@code phi}. The input is token ids {@code [batch, position]}, the output logits
 * {@code [batch, position, vocab]}.
 */
@Architecture("phi")
public interface Phi extends Layer<Phi.Vocab> {
  /** The stack of blocks ({@code PhiModel}): ids to the final, normalised residual stream. */
  Decoder model();

  /**
   * The unembedding ({@code Linear}, with a bias): {@code [..., hidden]} to {@code [..., vocab]}.
   */
  @HuggingFace("Linear")
  @At("lm_head")
  Linear<Hidden, Vocab> lmHead();

  /** {@code PhiModel}. */
  @HuggingFace("PhiModel")
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

    /** Dropout, which does nothing here. */
    @HuggingFace("Dropout")
    @At("embed_dropout")
    Transform<Hidden, Hidden> embedDropout();

    /**
     * The tables that rotate the queries and keys of all blocks: {@code output(0)} has the cosines,
     * {@code output(1)} the sines, {@code [batch, position, rotary]}.
     */
    @HuggingFace("PhiRotaryEmbedding")
    @At("rotary_emb")
    Pair<Rotary> rotaryEmb();

    /** One block; 0 is the first, -1 the last. Input and output are the residual stream. */
    Block layers(@Index("num_hidden_layers") int layer);

    /** The final layer norm. */
    @HuggingFace("LayerNorm")
    @At("final_layernorm")
    LayerNorm<Hidden> finalLayernorm();
  }

  /**
   * {@code PhiDecoderLayer}: attention and MLP read the same normalised stream, and both are added
   * to the residual stream at once. Its {@code resid_dropout} runs twice in each pass, so it has no
   * site of its own: its values are the outputs of attention and MLP.
   */
  @HuggingFace("PhiDecoderLayer")
  interface Block extends Transform<Hidden, Hidden> {
    /** The layer norm that attention and MLP read. */
    @HuggingFace("LayerNorm")
    @At("input_layernorm")
    LayerNorm<Hidden> inputLayernorm();

    /** What attention adds to the residual stream. */
    @At("self_attn")
    Attention selfAttn();

    /** What the MLP adds to the residual stream. */
    Mlp mlp();
  }

  /**
   * {@code PhiAttention}: {@code head} query heads share {@code kvhead} heads of keys and values.
   */
  @HuggingFace("PhiAttention")
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
     * The layer norm of the queries of each head, {@code [batch, head, position, headdim]}; only
     * with {@code qk_layernorm}.
     */
    @MayBeAbsent
    @HuggingFace("LayerNorm")
    @Shape("[batch, head, position, headdim]")
    @At("q_layernorm")
    LayerNorm<HeadDim> qLayernorm();

    /**
     * The layer norm of the keys of each head, {@code [batch, kvhead, position, headdim]}; only
     * with {@code qk_layernorm}.
     */
    @MayBeAbsent
    @HuggingFace("LayerNorm")
    @Shape("[batch, kvhead, position, headdim]")
    @At("k_layernorm")
    LayerNorm<HeadDim> kLayernorm();

    /**
     * Queries per head, normalised where the configuration says so, before rotary positions are
     * applied, {@code [batch, head, position, head_dim]}.
     */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> q();

    /**
     * Keys per head, normalised where the configuration says so, before rotary positions are
     * applied, {@code [batch, kvhead, position, head_dim]}; at later steps, only of the new
     * positions.
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
    Linear<Queries, Hidden> dense();
  }

  /** {@code PhiMLP}. */
  @HuggingFace("PhiMLP")
  interface Mlp extends Transform<Hidden, Hidden> {
    /** Up to the inner width, before the activation function. */
    @HuggingFace("Linear")
    Linear<Hidden, Inner> fc1();

    /** The activation function; its output is the neurons. */
    @At("activation_fn")
    Transform<Inner, Inner> activationFn();

    /** Down to the residual stream's width. */
    @HuggingFace("Linear")
    Linear<Inner, Hidden> fc2();
  }

  /** Width of the residual stream, {@code hidden_size}. */
  interface Hidden extends Axis {}

  /** Width of the MLP's neurons, {@code intermediate_size}. */
  interface Inner extends Axis {}

  /** Width of the queries of all heads, {@code num_attention_heads} times {@link HeadDim}. */
  interface Queries extends Axis {}

  /** Width of the keys of all heads, {@code num_key_value_heads} times {@link HeadDim}. */
  interface KeyValues extends Axis {}

  /** Width of one attention head. */
  interface HeadDim extends Axis {}

  /** Width of the rotated part of a head: {@code partial_rotary_factor} of it. */
  interface Rotary extends Axis {}

  /** The positions that are attended to; only the run knows how many. */
  interface Key extends Axis {}

  /** The vocabulary, {@code vocab_size}. */
  interface Vocab extends Axis {}
}
