package org.nnsight4j.langchain4j;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.model.embedding.EmbeddingModel;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.response.EmbeddingResponse;
import dev.langchain4j.model.embedding.response.EmbeddingResponseMetadata;
import dev.langchain4j.model.output.TokenUsage;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.function.Function;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Scan;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * A layer of a language model as an embedding model of LangChain4j, on this machine or on a server.
 * Without further words a vector is the mean of the last layer's output over the tokens of the
 * text, before the final normalisation, scaled to length 1, as in the server's {@code
 * /v1/embeddings}. Thread-safe; who opened the model closes it.
 *
 * @param <M> the descriptor of the model
 */
public final class NnsightEmbeddingModel<M> implements EmbeddingModel {
  private static final int USUAL_BATCH = 32;

  private final LanguageModel<M> model;
  private final Function<M, Value<?>> place;
  private final Pooling pooling;
  private final boolean normalized;
  private final int batch;
  private final String name;
  private final List<EmbeddingModelListener> listeners;
  private final int dimension;

  private NnsightEmbeddingModel(Builder<M> builder) {
    this.model = builder.model;
    this.place = builder.place;
    this.pooling = builder.pooling;
    this.normalized = builder.normalized;
    this.batch = builder.batch;
    this.name = builder.name;
    this.listeners = List.copyOf(builder.listeners);
    this.dimension = width();
  }

  /** Begins with a model. */
  public static <M> Builder<M> builder(LanguageModel<M> model) {
    return new Builder<>(model);
  }

  private int width() {
    Scan<Saved<?>> scan =
        model.scan(
            generator ->
                generator.invoke(new long[] {0}, invoker -> place.apply(invoker.model()).save()));
    Dims dims = scan.of(scan.result()).dims();
    if (dims.rank() != 3 || !dims.get(1).is(Dim.POSITION)) {
      throw new IllegalArgumentException(
          "expected a place with a vector for each token, found the shape %s".formatted(dims));
    }
    return Math.toIntExact(dims.get(2).size());
  }

  @Override
  public EmbeddingResponse doEmbed(EmbeddingRequest request) {
    List<long[]> rows = new ArrayList<>();
    int tokens = 0;
    for (var input : request.inputs()) {
      long[] ids = model.tokenizer().encode(input.text());
      if (ids.length == 0) {
        throw new RunException("expected texts of one token or more, found '%s'".formatted(input));
      }
      rows.add(ids);
      tokens += ids.length;
    }
    List<Embedding> vectors = new ArrayList<>();
    for (int from = 0; from < rows.size(); from += batch) {
      vectors.addAll(vectors(rows.subList(from, Math.min(rows.size(), from + batch))));
    }
    return EmbeddingResponse.builder()
        .embeddings(vectors)
        .metadata(
            EmbeddingResponseMetadata.builder()
                .modelName(name)
                .tokenUsage(new TokenUsage(tokens, 0))
                .build())
        .build();
  }

  private List<Embedding> vectors(List<long[]> rows) {
    Saved<?> saved =
        model
            .trace()
            .run(
                generator ->
                    generator.invoke(
                        rows.toArray(long[][]::new),
                        invoker -> pooled(place.apply(invoker.model())).save()))
            .result();
    float[] all = saved.value().toFloatArray();
    List<Embedding> vectors = new ArrayList<>();
    for (int row = 0; row < rows.size(); row++) {
      float[] vector = Arrays.copyOfRange(all, row * dimension, (row + 1) * dimension);
      vectors.add(Embedding.from(normalized ? unit(vector) : vector));
    }
    return vectors;
  }

  private Value<?> pooled(Value<?> stream) {
    return switch (pooling) {
      case MEAN -> stream.meanOverTokens();
      case LAST -> stream.at(-1);
      case FIRST -> stream.at(0);
      case MAX -> stream.maxOverTokens();
    };
  }

  private static float[] unit(float[] vector) {
    double squares = 0;
    for (float number : vector) {
      squares += (double) number * number;
    }
    double length = Math.sqrt(squares);
    float[] unit = new float[vector.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = length == 0 ? 0 : (float) (vector[i] / length);
    }
    return unit;
  }

  @Override
  public int dimension() {
    return dimension;
  }

  @Override
  public String modelName() {
    return name;
  }

  @Override
  public List<EmbeddingModelListener> listeners() {
    return listeners;
  }

  /**
   * Builds a {@link NnsightEmbeddingModel}.
   *
   * @param <M> the descriptor of the model
   */
  public static final class Builder<M> {
    private final LanguageModel<M> model;
    private final List<EmbeddingModelListener> listeners = new ArrayList<>();
    private Function<M, Value<?>> place = root -> last(Decoder.of(root));
    private Pooling pooling = Pooling.MEAN;
    private boolean normalized = true;
    private int batch = USUAL_BATCH;
    private String name;

    private Builder(LanguageModel<M> model) {
      this.model = Objects.requireNonNull(model, "the model is null");
      this.name = model.blueprint().architecture();
    }

    private static Value<?> last(Decoder view) {
      return view.layer(-1).output();
    }

    /**
     * The output of a layer of a decoder; of the last one if none is chosen.
     *
     * @param index from 0, or from -1 backwards
     */
    public Builder<M> layer(int index) {
      return at(root -> Decoder.of(root).layer(index).output());
    }

    /**
     * Another place with a vector for each token, also of models that are not decoders: {@code bert
     * -> bert.bert().encoder().layer(-1).output(0)}.
     */
    public Builder<M> at(Function<M, Value<?>> value) {
      this.place = Objects.requireNonNull(value, "the place is null");
      return this;
    }

    /** How the tokens' vectors become one; their mean if nothing else is chosen. */
    public Builder<M> pooling(Pooling value) {
      this.pooling = Objects.requireNonNull(value, "the pooling is null");
      return this;
    }

    /** Whether vectors are scaled to length 1; true if nothing else is chosen. */
    public Builder<M> normalized(boolean value) {
      this.normalized = value;
      return this;
    }

    /** How many texts share a pass at most; 32 if nothing else is chosen. */
    public Builder<M> batch(int texts) {
      if (texts < 1) {
        throw new IllegalArgumentException("expected one text or more, found " + texts);
      }
      this.batch = texts;
      return this;
    }

    /** The name of the model in answers; its architecture if none is given. */
    public Builder<M> modelName(String value) {
      this.name = Objects.requireNonNull(value, "the name is null");
      return this;
    }

    /** Adds listeners, which are told of each request, answer and error. */
    public Builder<M> listeners(List<? extends EmbeddingModelListener> more) {
      listeners.addAll(more);
      return this;
    }

    /**
     * The embedding model.
     *
     * @throws org.nnsight4j.error.RecordingException if the model has no such place
     */
    public NnsightEmbeddingModel<M> build() {
      return new NnsightEmbeddingModel<>(this);
    }
  }
}
