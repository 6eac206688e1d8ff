package org.nnsight4j.models.opt;

import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Embedding;
import org.nnsight4j.arch.HuggingFace;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.LayerNorm;
import org.nnsight4j.arch.Linear;
import org.nnsight4j.arch.MayBeAbsent;
import org.nnsight4j.arch.Shape;
import org.nnsight4j.arch.Site;
import org.nnsight4j.arch.Transform;
import org.nnsight4j.arch.TupleLayer;
import org.nnsight4j.tensor.Axis;

/**
 * OPT as Hugging Face lays it out ({@code OPTForCausalLM}): OPT, Galactica and others whose {@code
 * model_type} is {@code opt}. The input is token ids {@code [batch, position]}, the output logits
 * {@code [batch, position, vocab]}.
 */
@Architecture("opt")
public interface Opt extends Layer<Opt.Vocab> {
  /** The stack of blocks ({@code OPTDecoder}): ids to the input of the unembedding. */
  @At("model.decoder")
  Decoder decoder();

  /** The unembedding ({@code Linear}): {@code [..., embed]} to {@code [..., vocab]}. */
  @HuggingFace("Linear")
  @At("lm_head")
  Linear<Embed, Vocab> lmHead();

  /** {@code OPTDecoder}. */
  @HuggingFace("OPTDecoder")
  interface Decoder extends Layer<Embed> {
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

    /** Token embeddings: ids to {@code [batch, position, embed]}. */
    @HuggingFace("Embedding")
    @At("embed_tokens")
    Embedding<Embed> embedTokens();

    /**
     * Position embeddings: positions in the row to {@code [batch, position, hidden]}. Position 0
     * has row 2 of its matrix. In transformers its input is the mask, from which it derives the
     * positions.
     */
    @HuggingFace("OPTLearnedPositionalEmbedding")
    @At("embed_positions")
    Embedding<Hidden> embedPositions();

    /** From the width of token embeddings to that of the residual stream, where they differ. */
    @MayBeAbsent
    @HuggingFace("Linear")
    @At("project_in")
    Linear<Embed, Hidden> projectIn();

    /** One block; 0 is the first, -1 the last. Input and output are the residual stream. */
    Block layers(@Index("num_hidden_layers") int layer);

    /** The final layer norm; models that normalise after each sum have none. */
    @MayBeAbsent
    @HuggingFace("LayerNorm")
    @At("final_layer_norm")
    LayerNorm<Hidden> finalLayerNorm();

    /** Back to the width of token embeddings, where they differ. */
    @MayBeAbsent
    @HuggingFace("Linear")
    @At("project_out")
    Linear<Hidden, Embed> projectOut();
  }

  /**
   * {@code OPTDecoderLayer}: attention and MLP, each added to the residual stream. With {@code
   * do_layer_norm_before}, as in all sizes except 350m, its normalisations come before both;
   * otherwise after each sum. The modules of the MLP belong to the block itself. In transformers
   * {@code fc1}, {@code activation_fn}, {@code fc2} and, before the MLP, {@code final_layer_norm}
   * see all positions of all rows as one axis; here they keep {@code [batch, position]}.
   */
  @HuggingFace("OPTDecoderLayer")
  interface Block extends Transform<Hidden, Hidden> {
    /** The layer norm of attention. */
    @HuggingFace("LayerNorm")
    @At("self_attn_layer_norm")
    LayerNorm<Hidden> selfAttnLayerNorm();

    /** What attention adds to the residual stream. */
    @At("self_attn")
    Attention selfAttn();

    /** The layer norm of the MLP. */
    @HuggingFace("LayerNorm")
    @At("final_layer_norm")
    LayerNorm<Hidden> finalLayerNorm();

    /** Up to the inner width, before the activation function. */
    @HuggingFace("Linear")
    Linear<Hidden, Inner> fc1();

    /** The activation function; its output is the neurons. */
    @At("activation_fn")
    Transform<Inner, Inner> activationFn();

    /** What the MLP adds to the residual stream. */
    @HuggingFace("Linear")
    Linear<Inner, Hidden> fc2();
  }

  /** {@code OPTAttention}. */
  @HuggingFace("OPTAttention")
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
    @HuggingFace("Linear")
    @At("out_proj")
    Linear<Hidden, Hidden> outProj();
  }

  /** Width of the residual stream, {@code hidden_size}. */
  interface Hidden extends Axis {}

  /** Width of token embeddings and of what the unembedding reads, {@code word_embed_proj_dim}. */
  interface Embed extends Axis {}

  /** Width of the MLP's neurons, {@code ffn_dim}. */
  interface Inner extends Axis {}

  /** Width of one attention head. */
  interface HeadDim extends Axis {}

  /** The positions that are attended to; only the run knows how many. */
  interface Key extends Axis {}

  /** The vocabulary, {@code vocab_size}. */
  interface Vocab extends Axis {}
}
