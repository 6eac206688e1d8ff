package org.nnsight4j.langchain4j;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.langchain4j.EmbeddedChat.EIFFEL;
import static org.nnsight4j.langchain4j.EmbeddedChat.WIDTH;

import dev.langchain4j.data.embedding.Embedding;
import dev.langchain4j.data.segment.TextSegment;
import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.embedding.listener.EmbeddingModelListener;
import dev.langchain4j.model.embedding.listener.EmbeddingModelResponseContext;
import dev.langchain4j.model.embedding.request.EmbeddingRequest;
import dev.langchain4j.model.embedding.request.EmbeddingRequestParameters;
import dev.langchain4j.model.output.Response;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;

/** Vectors are means, or single rows, of what a trace saves. */
final class EmbeddingModelTest {
  private static final double TOLERANCE = 1e-5;

  private static LanguageModel<Gpt2> gpt2;

  @BeforeAll
  static void open() {
    gpt2 = EmbeddedGpt2.open().as(Gpt2.class);
  }

  @AfterAll
  static void close() {
    gpt2.close();
  }

  private static float[] hidden(int layer, String text) {
    return gpt2.trace(text, model -> model.transformer().h(layer).output(0).save())
        .value()
        .toFloatArray();
  }

  private static double[] mean(float[] rows) {
    double[] mean = new double[WIDTH];
    int count = rows.length / WIDTH;
    for (int i = 0; i < rows.length; i++) {
      mean[i % WIDTH] += (double) rows[i] / count;
    }
    return mean;
  }

  private static double[] unit(double[] vector) {
    double squares = 0;
    for (double number : vector) {
      squares += number * number;
    }
    double[] unit = new double[vector.length];
    for (int i = 0; i < unit.length; i++) {
      unit[i] = vector[i] / Math.sqrt(squares);
    }
    return unit;
  }

  private static void assertClose(Embedding found, double[] expected) {
    assertThat(found.dimension()).isEqualTo(expected.length);
    for (int i = 0; i < expected.length; i++) {
      assertThat((double) found.vector()[i]).isWithin(TOLERANCE).of(expected[i]);
    }
  }

  @Test
  void theUsualVectorIsTheMeanOfTheLastLayerOfLengthOne() {
    NnsightEmbeddingModel<Gpt2> model = NnsightEmbeddingModel.builder(gpt2).build();
    Response<Embedding> response = model.embed(EIFFEL);
    assertClose(response.content(), unit(mean(hidden(3, EIFFEL))));
    assertThat(response.tokenUsage().inputTokenCount()).isEqualTo(8);
    assertThat(model.dimension()).isEqualTo(WIDTH);
    assertThat(model.modelName()).isEqualTo("gpt2");
  }

  @Test
  void layersPoolingsAndLength() {
    float[] rows = hidden(1, EIFFEL);
    double[] first = new double[WIDTH];
    double[] last = new double[WIDTH];
    double[] most = new double[WIDTH];
    for (int i = 0; i < WIDTH; i++) {
      first[i] = rows[i];
      last[i] = rows[7 * WIDTH + i];
      most[i] = Double.NEGATIVE_INFINITY;
      for (int token = 0; token < 8; token++) {
        most[i] = Math.max(most[i], rows[token * WIDTH + i]);
      }
    }
    NnsightEmbeddingModel.Builder<Gpt2> builder =
        NnsightEmbeddingModel.builder(gpt2).layer(-3).normalized(false);
    assertClose(builder.build().embed(EIFFEL).content(), mean(rows));
    assertClose(builder.pooling(Pooling.FIRST).build().embed(EIFFEL).content(), first);
    assertClose(builder.pooling(Pooling.LAST).build().embed(EIFFEL).content(), last);
    assertClose(builder.pooling(Pooling.MAX).build().embed(EIFFEL).content(), most);
    assertClose(
        builder
            .at(model -> model.transformer().h(1).output(0))
            .normalized(true)
            .build()
            .embed(EIFFEL)
            .content(),
        unit(most));
  }

  /** Texts of unlike lengths, in batches of unlike sizes. */
  @Test
  void aBatchIsItsTextsAlone() {
    List<String> texts =
        List.of(EIFFEL, "Paris", "The capital of Japan is Tokyo.", "John gave a drink to", "Rome");
    NnsightEmbeddingModel<Gpt2> model = NnsightEmbeddingModel.builder(gpt2).batch(3).build();
    Response<List<Embedding>> all = model.embedAll(texts.stream().map(TextSegment::from).toList());
    assertThat(all.content()).hasSize(5);
    int tokens = 0;
    for (int i = 0; i < texts.size(); i++) {
      assertClose(all.content().get(i), unit(mean(hidden(3, texts.get(i)))));
      tokens += gpt2.tokenizer().encode(texts.get(i)).length;
    }
    assertThat(all.tokenUsage().inputTokenCount()).isEqualTo(tokens);
  }

  @Test
  void listenersAreToldAndOtherParametersRefused() {
    List<Integer> told = new ArrayList<>();
    EmbeddingModelListener listener =
        new EmbeddingModelListener() {
          @Override
          public void onResponse(EmbeddingModelResponseContext context) {
            told.add(context.response().content().size());
          }
        };
    NnsightEmbeddingModel<Gpt2> model =
        NnsightEmbeddingModel.builder(gpt2).listeners(List.of(listener)).build();
    model.embedAll(List.of(TextSegment.from("Paris"), TextSegment.from("Rome")));
    assertThat(told).containsExactly(2);
    EmbeddingRequest shorter =
        EmbeddingRequest.builder()
            .input("Paris")
            .parameters(EmbeddingRequestParameters.builder().dimensions(64).build())
            .build();
    assertThrows(UnsupportedFeatureException.class, () -> model.embed(shorter));
  }

  @Test
  void aPlaceThatIsNotThereIsRefusedWhenTheModelIsBuilt() {
    assertThrows(
        RecordingException.class, () -> NnsightEmbeddingModel.builder(gpt2).layer(4).build());
    assertThat(
            assertThrows(
                    IllegalArgumentException.class,
                    () ->
                        NnsightEmbeddingModel.builder(gpt2)
                            .at(model -> model.transformer().h(1).attn().pattern().output())
                            .build())
                .getMessage())
        .contains("expected a place with a vector for each token");
  }
}
