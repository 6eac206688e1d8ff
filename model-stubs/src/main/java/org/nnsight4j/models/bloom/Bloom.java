package org.nnsight4j.models.bloom;

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
 * BLOOM as Hugging Face lays it out ({@code BloomForCausalLM}): BLOOM, BLOOMZ and others whose
 * {@code model_type} is {@code bloom}. The input is token ids {@code [batch, position]}, the output
 * logits {@code [batch, position, vocab]}.
 */
@Architecture("bloom")
public interface Bloom extends Layer<Bloom.Vocab> {
  /** The stack of blocks ({@code BloomModel}): ids to the final, normalised residual stream. */
  Transformer transformer();

  /** The unembedding ({@code Linear}): {@code [..., hidden]} to {@code [..., vocab]}. */
  @HuggingFace("Linear")
  @At("lm_head")
  Linear<Hidden, Vocab> lmHead();

  /**
   * {@code BloomModel}. It has no {@code position_ids}: the positions of keys follow from the mask.
   */
  @HuggingFace("BloomModel")
  interface Transformer extends Layer<Hidden> {
    /**
     * The keyword input {@code attention_mask}, INT64 {@code [batch, key]}: 1 where there is a
     * token to attend to, 0 for padding. A replacement holds for this step only. Biases count the
     * positions that it has.
     */
    @Shape("[batch, key]")
    @At("attention_mask")
    Site<Key> attentionMask();

    /** Token embeddings: ids to {@code [batch, position, hidden]}. */
    @HuggingFace("Embedding")
    @At("word_embeddings")
    Embedding<Hidden> wordEmbeddings();

    /** The layer norm of token embeddings; its output is the input of the first block. */
    @HuggingFace("LayerNorm")
    @At("word_embeddings_layernorm")
    LayerNorm<Hidden> wordEmbeddingsLayernorm();

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
   * {@code BloomBlock}: attention and MLP add to the residual stream inside their modules. With
   * {@code apply_residual_connection_post_layernorm} they add to its normalised form.
   */
  @HuggingFace("BloomBlock")
  interface Block extends TupleLayer<Hidden> {
    /** The layer norm before attention. */
    @HuggingFace("LayerNorm")
    @At("input_layernorm")
    LayerNorm<Hidden> inputLayernorm();

    /** Attention; {@code output(0)} is the residual stream with what it adds. */
    @At("self_attention")
    Attention selfAttention();

    /**
     * The layer norm before the MLP; its input is the residual stream between attention and MLP.
     */
    @HuggingFace("LayerNorm")
    @At("post_attention_layernorm")
    LayerNorm<Hidden> postAttentionLayernorm();

    /** The MLP; its output is the residual stream with what it adds, the block's output. */
    Mlp mlp();
  }

  /**
   * {@code BloomAttention}. What it adds to the residual stream is the output of {@link #dense}. It
   * cannot be called or skipped, because it needs the residual stream besides its input.
   */
  @HuggingFace("BloomAttention")
  interface Attention extends TupleLayer<Hidden> {
    /** Query, key and value of each head in turn, {@code [batch, position, 3 hidden]}. */
    @HuggingFace("Linear")
    @At("query_key_value")
    Linear<Hidden, Qkv> queryKeyValue();

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

    /**
     * Scaled and masked scores with biases for the positions of keys, before the softmax, {@code
     * [batch, head, position, key]}.
     */
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

  /**
   * {@code BloomMLP}. What it adds to the residual stream is the output of {@link #dense4hToH}. It
   * cannot be called or skipped.
   */
  @HuggingFace("BloomMLP")
  interface Mlp extends Transform<Hidden, Hidden> {
    /** Up to the inner width, before the activation function. */
    @HuggingFace("Linear")
    @At("dense_h_to_4h")
    Linear<Hidden, Inner> denseHTo4h();

    /** The activation function; its output is the neurons. */
    @At("gelu_impl")
    Transform<Inner, Inner> geluImpl();

    /** Down to the residual stream's width. */
    @HuggingFace("Linear")
    @At("dense_4h_to_h")
    Linear<Inner, Hidden> dense4hToH();
  }

  /** Width of the residual stream, {@code hidden_size}. */
  interface Hidden extends Axis {}

  /** Width of the MLP's neurons, four times {@link Hidden}. */
  interface Inner extends Axis {}

  /** Width of queries, keys and values together, three times {@link Hidden}. */
  interface Qkv extends Axis {}

  /** Width of one attention head. */
  interface HeadDim extends Axis {}

  /** The positions that are attended to; only the run knows how many. */
  interface Key extends Axis {}

  /** The vocabulary, {@code vocab_size}. */
  interface Vocab extends Axis {}
}
