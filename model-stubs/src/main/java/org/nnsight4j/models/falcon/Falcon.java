package org.nnsight4j.models.falcon;

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
 * Falcon as Hugging Face lays it out ({@code FalconForCausalLM}): Falcon, Falcon-RW and Falcon2,
 * whose {@code model_type} is {@code falcon}. Their blocks differ, so some layers exist only in
 * some models. The input is token ids {@code [batch, position]}, the output logits {@code [batch,
 * position, vocab]}.
 */
@Architecture("falcon")
public interface Falcon extends Layer<Falcon.Vocab> {
  /** The stack of blocks ({@code FalconModel}): ids to the final, normalised residual stream. */
  Transformer transformer();

  /** The unembedding ({@code Linear}): {@code [..., hidden]} to {@code [..., vocab]}. */
  @HuggingFace("Linear")
  @At("lm_head")
  Linear<Hidden, Vocab> lmHead();

  /** {@code FalconModel}. */
  @HuggingFace("FalconModel")
  interface Transformer extends Layer<Hidden> {
    /**
     * The keyword input {@code position_ids}, INT64 {@code [batch, position]}: each token's place
     * in its own row, from 0; padding has 0. With {@code alibi} it does not exist.
     */
    @MayBeAbsent
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
    @At("word_embeddings")
    Embedding<Hidden> wordEmbeddings();

    /**
     * The tables that rotate the queries and keys of all blocks: {@code output(0)} has the cosines,
     * {@code output(1)} the sines, {@code [batch, position, rotary]}. With {@code alibi} they do
     * not exist.
     */
    @MayBeAbsent
    @HuggingFace("FalconRotaryEmbedding")
    @At("rotary_emb")
    Pair<Rotary> rotaryEmb();

    /**
     * One block; 0 is the first, -1 the last. Its input and {@code output(0)} are the residual
     * stream.
     */
    Block h(@Index("num_hidden_layers") int layer);

    /** The final layer norm. */
    @HuggingFace("LayerNorm")
    @At("ln_f")
    LayerNorm<Hidden> lnF();
  }

  /**
   * {@code FalconDecoderLayer}: attention and MLP read the block's input and are added to it at
   * once; in Falcon-RW, one after the other.
   */
  @HuggingFace("FalconDecoderLayer")
  interface Block extends TupleLayer<Hidden> {
    /** The layer norm before attention; where there is no other, the MLP reads it too. */
    @MayBeAbsent
    @HuggingFace("LayerNorm")
    @At("input_layernorm")
    LayerNorm<Hidden> inputLayernorm();

    /** The layer norm before attention, in models with one for each half. */
    @MayBeAbsent
    @HuggingFace("LayerNorm")
    @At("ln_attn")
    LayerNorm<Hidden> lnAttn();

    /** The layer norm before the MLP, in models with one for each half. */
    @MayBeAbsent
    @HuggingFace("LayerNorm")
    @At("ln_mlp")
    LayerNorm<Hidden> lnMlp();

    /** What attention adds to the residual stream. */
    @At("self_attention")
    Attention selfAttention();

    /** The layer norm before the MLP, in models whose halves add one after the other. */
    @MayBeAbsent
    @HuggingFace("LayerNorm")
    @At("post_attention_layernorm")
    LayerNorm<Hidden> postAttentionLayernorm();

    /** What the MLP adds to the residual stream. */
    Mlp mlp();
  }

  /**
   * {@code FalconAttention}: {@code head} query heads share {@code kvhead} heads of keys and
   * values. With {@code alibi}, biases for the positions of keys are part of the scores, and there
   * are no rotary positions.
   */
  @HuggingFace("FalconAttention")
  interface Attention extends TupleLayer<Hidden> {
    /**
     * Each group of heads in turn: its queries, their key, their value, {@code [batch, position,
     * qkv]}.
     */
    @HuggingFace("FalconLinear")
    @At("query_key_value")
    Linear<Hidden, Qkv> queryKeyValue();

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
    @MayBeAbsent
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> rotQ();

    /** Keys per head after rotary positions are applied, as the cache stores them. */
    @MayBeAbsent
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
    @HuggingFace("FalconLinear")
    Linear<Queries, Hidden> dense();
  }

  /** {@code FalconMLP}. */
  @HuggingFace("FalconMLP")
  interface Mlp extends Transform<Hidden, Hidden> {
    /** Up to the inner width, before the activation function. */
    @HuggingFace("FalconLinear")
    @At("dense_h_to_4h")
    Linear<Hidden, Inner> denseHTo4h();

    /** The activation function; its output is the neurons. */
    Transform<Inner, Inner> act();

    /** Down to the residual stream's width. */
    @HuggingFace("FalconLinear")
    @At("dense_4h_to_h")
    Linear<Inner, Hidden> dense4hToH();
  }

  /** Width of the residual stream, {@code hidden_size}. */
  interface Hidden extends Axis {}

  /** Width of the MLP's neurons, {@code ffn_hidden_size}. */
  interface Inner extends Axis {}

  /** Width of queries, keys and values together. */
  interface Qkv extends Axis {}

  /** Width of the queries of all heads, that of {@link Hidden}. */
  interface Queries extends Axis {}

  /** Width of one attention head. */
  interface HeadDim extends Axis {}

  /** Width of the rotated part of a head: all of it. */
  interface Rotary extends Axis {}

  /** The positions that are attended to; only the run knows how many. */
  interface Key extends Axis {}

  /** The vocabulary, {@code vocab_size}. */
  interface Vocab extends Axis {}
}
