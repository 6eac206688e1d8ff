package org.nnsight4j.toolkit.activations;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.attach.SparseAutoencoder;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.reference.Reference;
import org.nnsight4j.toolkit.reference.ToyModel;

/** Against a full sort of all activations, and on the model made by hand. */
final class MaxActivationsTest {
  @TempDir private Path folder;
  @TempDir private Path other;

  private record Place(int text, int position, double value) {}

  private static List<long[]> corpus(int vocabulary, int texts) {
    Random random = new Random(11);
    List<long[]> corpus = new ArrayList<>();
    for (int i = 0; i < texts; i++) {
      long[] ids = new long[3 + random.nextInt(8)];
      for (int p = 0; p < ids.length; p++) {
        ids[p] = random.nextInt(vocabulary);
      }
      corpus.add(ids);
    }
    return corpus;
  }

  @Test
  void isWhatAFullSortGives() throws Exception {
    List<long[]> corpus = corpus(31, 25);
    try (LanguageModel<AnyModel> model = Reference.open("llama/usual")) {
      MaxActivations asked =
          MaxActivations.of(model).layer(1).units(0, 5).topK(6).context(2, 1).promptsPerPass(4);
      List<Long> heard = new ArrayList<>();
      MaxActivationsResult found =
          asked.progress((done, all) -> heard.add(done * 100 + all)).runIds(corpus);
      assertThat(heard).containsExactly(425L, 825L, 1225L, 1625L, 2025L, 2425L, 2525L).inOrder();
      for (int unit : found.units()) {
        List<Place> all = new ArrayList<>();
        long active = 0;
        double largest = Double.NEGATIVE_INFINITY;
        for (int text = 0; text < corpus.size(); text++) {
          Tensor values =
              Passes.trace(
                      model,
                      corpus.get(text),
                      view -> view.layer(1).denseMlp().orElseThrow().neurons().save())
                  .value();
          Place best = new Place(text, -1, Double.NEGATIVE_INFINITY);
          for (int p = 0; p < corpus.get(text).length; p++) {
            double value = values.get(0, p, unit);
            active += value > 0 ? 1 : 0;
            best = value > best.value ? new Place(text, p, value) : best;
          }
          all.add(best);
          largest = Math.max(largest, best.value);
        }
        all.sort(Comparator.comparingDouble(place -> -place.value));
        List<ActivationExample> top = found.top(unit);
        assertThat(top).hasSize(6);
        for (int i = 0; i < 6; i++) {
          assertWithMessage("unit %s, place %s", unit, i)
              .that(top.get(i).text())
              .isEqualTo(all.get(i).text);
          assertThat(top.get(i).position()).isEqualTo(all.get(i).position);
          // Batches change the last bits.
          assertThat(top.get(i).value()).isWithin(1e-4).of(all.get(i).value);
        }
        ActivationExample first = top.get(0);
        long[] ids = corpus.get((int) first.text());
        int from = Math.max(0, first.position() - 2);
        assertThat(first.tokens()).hasSize(Math.min(ids.length, first.position() + 2) - from);
        assertThat(first.tokens().get(first.window().peak()))
            .isEqualTo("#" + ids[first.position()]);
        assertThat(first.window().activations()[first.window().peak()]).isEqualTo(first.value());
        assertThat(found.frequency(unit)).isEqualTo(active / (double) found.tokens());
        assertThat(found.maximum(unit)).isWithin(1e-4).of(largest);
        assertThat(found.sampled(unit)).hasSize(5);
      }
      assertThat(asked.runIds(corpus).toJson()).isEqualTo(found.toJson());
      assertThat(asked.seed(9).runIds(corpus).toJson()).isNotEqualTo(found.toJson());
      JsonNode unit = new ObjectMapper().readTree(found.toJson()).get("units").get(0);
      long counted = 0;
      for (JsonNode count : unit.get("histogram_counts")) {
        counted += count.asLong();
      }
      assertThat(counted).isEqualTo(found.tokens());
    }
  }

  /** Feature a: the token before was a. Its decoder writes what raises the logit of a + 1. */
  private SparseAutoencoder sae() {
    int width = 102;
    int features = 11;
    float[] encoder = new float[width * features];
    float[] threshold = new float[features];
    java.util.Arrays.fill(threshold, 0.1f);
    float[] decoder = new float[features * width];
    for (int a = 0; a < 10; a++) {
      encoder[(30 + a) * features + a] = 0.5f;
      encoder[(80 + a) * features + a] = -0.5f;
      decoder[a * width + 40 + (a + 1) % 10] = 2;
      decoder[a * width + 90 + (a + 1) % 10] = -2;
    }
    Path file = other.resolve("sae.safetensors");
    Safetensors.write(
        file,
        Map.of(
            "W_enc", Tensor.of(encoder, width, features),
            "b_enc", Tensor.of(new float[features], features),
            "W_dec", Tensor.of(decoder, features, width),
            "threshold", Tensor.of(threshold, features),
            "b_dec", Tensor.of(new float[width], width)),
        Map.of());
    return SparseAutoencoder.load(file).at("blocks.0.hook_resid_post");
  }

  @Test
  void featuresOfAnAutoencoderWithTheLogitsOfTheirDirections() throws Exception {
    try (LanguageModel<AnyModel> toy = ToyModel.open(folder)) {
      MaxActivationsResult found =
          MaxActivations.of(toy, sae())
              .topK(2)
              .runIds(List.of(ToyModel.CLEAN, ToyModel.CORRUPT, new long[] {9, 0, 2}));
      // 8 is in one text, 10 is no token.
      assertThat(found.top(8)).hasSize(1);
      assertThat(found.top(8).get(0).text()).isEqualTo(1);
      assertThat(found.top(8).get(0).position()).isEqualTo(3);
      assertThat(found.top(1).get(0).position()).isEqualTo(3);
      assertThat(found.dead()).containsExactly(10);
      assertThat(found.frequency(8)).isEqualTo(1 / 37.0);
      String page = found.dashboard(8).html();
      assertThat(page).contains("Feature 8 of blocks.0.hook_resid_post");
      JsonNode json = new ObjectMapper().readTree(found.dashboard(8).neuronpedia(8));
      assertThat(json.get("top_logits").get(0).asText()).isEqualTo("#9");
      assertThat(json.get("examples_quantiles").get(0).get("quantile_name").asText())
          .isEqualTo("Top activations");
      assertThat(found.figure().svg()).contains("Largest activations of blocks.0.hook_resid_post");
      assertThat(found.dashboard(10).text(80)).contains("raises");
    }
  }

  @Test
  void neuronsOfATrainedModel() {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      List<String> texts =
          List.of("The Eiffel Tower is in the city of", "The Colosseum is in the city of");
      MaxActivations asked = MaxActivations.of(gpt2).units(3).skipFirst(1).samples(0);
      MaxActivationsResult found = asked.run(() -> texts.iterator());
      assertThat(found.texts()).isEqualTo(2);
      assertThat(found.tokens()).isLessThan(16L);
      assertThat(found.top(3).get(0).position()).isAtLeast(1);
      assertThat(found.sampled(3)).isEmpty();
      assertThat(found.dashboard(3).svg()).contains("Neuron 3 of the MLP of h.3");
      assertThat(found.toString()).contains("neuron");
      MaxActivationsResult numbers =
          MaxActivations.of(gpt2).hook("blocks.1.hook_resid_post").units(0).run(texts);
      assertThat(numbers.dashboard(0).svg()).doesNotContain("raises");

      assertThat(assertThrows(RunException.class, () -> asked.units(512).run(texts)))
          .hasMessageThat()
          .contains("Neuron 512 does not exist: the MLP of h.3 has 512, from 0");
      assertThat(assertThrows(RunException.class, () -> asked.run(List.of())))
          .hasMessageThat()
          .contains("expected a text or more");
      assertThat(assertThrows(RunException.class, () -> found.top(4)))
          .hasMessageThat()
          .contains("Neuron 4 was not looked at; units(4) does");
      assertThat(assertThrows(RunException.class, () -> asked.topK(0)))
          .hasMessageThat()
          .contains("expected topK of 1 or more, found 0");
      assertThat(asked.cost(texts).passes()).isEqualTo(2);
      // All 512 neurons keep as much as one does, 512 times.
      assertThat(MaxActivations.of(gpt2).samples(0).cost(texts).keptBytes())
          .isEqualTo(512 * asked.cost(texts).keptBytes());
    }
  }

  @Test
  void theHistogramOfAStreamHasAllNumbers() {
    Histogram histogram = new Histogram();
    Random random = new Random(2);
    double[] numbers = new double[500];
    for (int i = 0; i < numbers.length; i++) {
      numbers[i] = random.nextGaussian() * Math.pow(10, random.nextInt(4));
      histogram.add(numbers[i]);
    }
    double[] bounds = histogram.bounds();
    long[] counts = histogram.counts();
    for (int bin = 0; bin < counts.length; bin++) {
      double from = bounds[bin];
      double to = bounds[bin + 1];
      long wanted = java.util.Arrays.stream(numbers).filter(v -> v >= from && v < to).count();
      assertWithMessage("bin %s", bin).that(counts[bin]).isEqualTo(wanted);
    }
    histogram.add(Double.NaN);
    assertThat(java.util.Arrays.stream(histogram.counts()).sum()).isEqualTo(500);
  }
}
