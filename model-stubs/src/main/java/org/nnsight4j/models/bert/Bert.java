package org.nnsight4j.models.bert;

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
 * BERT as Hugging Face lays it out ({@code BertForMaskedLM}): BERT in all sizes and languages, and
 * others whose {@code model_type} is {@code bert}. The input is token ids {@code [batch,
 * position]}, the output logits {@code [batch, position, vocab]}: those at {@code [MASK]} predict
 * the hidden token.
 *
 * <p>Each position sees all others, so BERT cannot generate: it has only {@code trace}.
 */
@Architecture("bert")
public interface Bert extends Layer<Bert.Vocab> {
  /** Embeddings and layers ({@code BertModel}), from ids to the last stream. */
  Base bert();

  /** The head of the masked language model ({@code BertOnlyMLMHead}). */
  Head cls();

  /** {@code BertModel}. */
  @HuggingFace("BertModel")
  interface Base extends Layer<Hidden> {
    /**
     * The keyword input {@code token_type_ids}, INT64 {@code [batch, position]}: to which text of a
     * pair each token belongs, 0 or 1; 0 if there is one text.
     */
    @At("token_type_ids")
    @Shape("[batch, position]")
    Site<Axis> tokenTypeIds();

    /**
     * The keyword input {@code position_ids}, INT64 {@code [batch, position]}: each token's place
     * in its own row, from 0; padding has 0.
     */
    @At("position_ids")
    @Shape("[batch, position]")
    Site<Axis> positionIds();

    /**
     * The keyword input {@code attention_mask}, INT64 {@code [batch, key]}: 1 where there is a
     * token to attend to, 0 for padding. If it is replaced, it applies to all positions alike.
     */
    @At("attention_mask")
    @Shape("[batch, key]")
    Site<Key> attentionMask();

    /** The sum of three embeddings, normalised. */
    Embeddings embeddings();

    /** All layers. */
    Encoder encoder();
  }

  /** {@code BertEmbeddings}. */
  @HuggingFace("BertEmbeddings")
  interface Embeddings extends Layer<Hidden> {
    /** Token embeddings: ids to {@code [batch, position, hidden]}. */
    @HuggingFace("Embedding")
    @At("word_embeddings")
    Embedding<Hidden> wordEmbeddings();

    /** Embeddings of the texts of a pair: types to {@code [batch, position, hidden]}. */
    @HuggingFace("Embedding")
    @At("token_type_embeddings")
    Embedding<Hidden> tokenTypeEmbeddings();

    /** Position embeddings: positions in the row to {@code [batch, position, hidden]}. */
    @HuggingFace("Embedding")
    @At("position_embeddings")
    Embedding<Hidden> positionEmbeddings();

    /** The layer norm of the sum. */
    @HuggingFace("LayerNorm")
    @At("LayerNorm")
    LayerNorm<Hidden> layerNorm();

    /** Dropout, which does nothing here. */
    @HuggingFace("Dropout")
    Transform<Hidden, Hidden> dropout();
  }

  /** {@code BertEncoder}: its input is the output of the embeddings, its output the last stream. */
  @HuggingFace("BertEncoder")
  interface Encoder extends Transform<Hidden, Hidden> {
    /** One layer; 0 is the first, -1 the last. Input and output are the stream. */
    Block layer(@Index("num_hidden_layers") int layer);
  }

  /** {@code BertLayer}: the stream is normalised after each sum. */
  @HuggingFace("BertLayer")
  interface Block extends Transform<Hidden, Hidden> {
    /** Attention and its sum: {@code output(0)} is the normalised stream between both halves. */
    Attention attention();

    /** The neurons. */
    Intermediate intermediate();

    /**
     * {@code output} ({@code BertOutput}): projects the neurons, adds the stream and normalises it;
     * its output is that of the layer.
     */
    @At("output")
    Output outputLayer();
  }

  /** {@code BertAttention}. */
  @HuggingFace("BertAttention")
  interface Attention extends TupleLayer<Hidden> {
    /** Attention without its sum. */
    SelfAttention self();

    /**
     * {@code output} ({@code BertSelfOutput}): projects the mixed values, adds the stream and
     * normalises it.
     */
    @At("output")
    SelfOutput outputLayer();
  }

  /** {@code BertSelfAttention}; {@code output(0)} is {@code z} with the heads side by side. */
  @HuggingFace("BertSelfAttention")
  interface SelfAttention extends TupleLayer<Hidden> {
    /** Queries, {@code [batch, position, hidden]}. */
    @HuggingFace("Linear")
    Linear<Hidden, Hidden> query();

    /** Keys, {@code [batch, position, hidden]}. */
    @HuggingFace("Linear")
    Linear<Hidden, Hidden> key();

    /** Values, {@code [batch, position, hidden]}. */
    @HuggingFace("Linear")
    Linear<Hidden, Hidden> value();

    /** Queries per head, {@code [batch, head, position, head_dim]}. */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> q();

    /** Keys per head, {@code [batch, head, position, head_dim]}. */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> k();

    /** Values per head, {@code [batch, head, position, head_dim]}. */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> v();

    /** Scaled scores before the softmax, {@code [batch, head, position, key]}. */
    @Shape("[batch, head, position, key]")
    Site<Key> scores();

    /**
     * The attention pattern, {@code [batch, head, position, key]}, over earlier and later
     * positions; its rows sum to 1.
     */
    @Shape("[batch, head, position, key]")
    Site<Key> pattern();

    /** Mixed values per head, {@code [batch, head, position, head_dim]}. */
    @Shape("[batch, head, position, headdim]")
    Site<HeadDim> z();
  }

  /** {@code BertIntermediate}: the stream to the neurons. */
  @HuggingFace("BertIntermediate")
  interface Intermediate extends Transform<Hidden, Inner> {
    /** Up to the inner width, before the activation function. */
    @HuggingFace("Linear")
    Linear<Hidden, Inner> dense();

    /** The activation function; its output is the neurons. */
    @At("intermediate_act_fn")
    Transform<Inner, Inner> intermediateActFn();
  }

  /**
   * {@code BertSelfOutput}, the end of attention; its input is {@code z} with the heads side by
   * side.
   */
  @HuggingFace("BertSelfOutput")
  interface SelfOutput extends Transform<Hidden, Hidden> {
    /** What is added to the stream, before dropout. */
    @HuggingFace("Linear")
    Linear<Hidden, Hidden> dense();

    /** Dropout, which does nothing here; its output is what is added to the stream. */
    @HuggingFace("Dropout")
    Transform<Hidden, Hidden> dropout();

    /** The layer norm of the sum; its input is the sum. */
    @HuggingFace("LayerNorm")
    @At("LayerNorm")
    LayerNorm<Hidden> layerNorm();
  }

  /** {@code BertOutput}, the end of a layer; its input is the neurons. */
  @HuggingFace("BertOutput")
  interface Output extends Transform<Inner, Hidden> {
    /** What is added to the stream, before dropout. */
    @HuggingFace("Linear")
    Linear<Inner, Hidden> dense();

    /** Dropout, which does nothing here; its output is what is added to the stream. */
    @HuggingFace("Dropout")
    Transform<Hidden, Hidden> dropout();

    /** The layer norm of the sum; its input is the sum. */
    @HuggingFace("LayerNorm")
    @At("LayerNorm")
    LayerNorm<Hidden> layerNorm();
  }

  /** {@code BertOnlyMLMHead}. */
  @HuggingFace("BertOnlyMLMHead")
  interface Head extends Transform<Hidden, Vocab> {
    /** The whole head. */
    Predictions predictions();
  }

  /** {@code BertLMPredictionHead}. */
  @HuggingFace("BertLMPredictionHead")
  interface Predictions extends Transform<Hidden, Vocab> {
    /** Transforms the last stream before the unembedding. */
    HeadTransform transform();

    /** The unembedding, with its own bias: {@code [..., hidden]} to {@code [..., vocab]}. */
    @HuggingFace("Linear")
    Linear<Hidden, Vocab> decoder();
  }

  /** {@code BertPredictionHeadTransform}. */
  @HuggingFace("BertPredictionHeadTransform")
  interface HeadTransform extends Transform<Hidden, Hidden> {
    /** A projection. */
    @HuggingFace("Linear")
    Linear<Hidden, Hidden> dense();

    /** The activation function. */
    @At("transform_act_fn")
    Transform<Hidden, Hidden> transformActFn();

    /** The layer norm before the unembedding. */
    @HuggingFace("LayerNorm")
    @At("LayerNorm")
    LayerNorm<Hidden> layerNorm();
  }

  /** Width of the stream, {@code hidden_size}. */
  interface Hidden extends Axis {}

  /** Width of the neurons, {@code intermediate_size}. */
  interface Inner extends Axis {}

  /** Width of one attention head. */
  interface HeadDim extends Axis {}

  /** The positions that are attended to; their number is known only in a run. */
  interface Key extends Axis {}

  /** The vocabulary, {@code vocab_size}. */
  interface Vocab extends Axis {}
}
