package org.nnsight4j.toolkit.sae;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.attach.SparseAutoencoder;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.reference.Reference;
import org.nnsight4j.toolkit.reference.ToyModel;

/**
 * On the model made by hand, with an autoencoder made by hand: feature {@code a} is that the stream
 * after layer 0 says that the token before was {@code a}.
 */
final class SaeFeaturesTest {
  private static final int WIDTH = 102;
  private static final int BEFORE = 30;

  @TempDir private Path folder;
  @TempDir private Path other;

  private SparseAutoencoder sae() {
    int features = ToyModel.VOCABULARY + 1;
    float[] encoder = new float[WIDTH * features];
    float[] threshold = new float[features];
    java.util.Arrays.fill(threshold, 0.1f);
    float[] decoder = new float[features * WIDTH];
    for (int a = 0; a < ToyModel.VOCABULARY; a++) {
      encoder[(BEFORE + a) * features + a] = 0.5f;
      encoder[(50 + BEFORE + a) * features + a] = -0.5f;
      decoder[a * WIDTH + BEFORE + a] = 1;
      decoder[a * WIDTH + 50 + BEFORE + a] = -1;
    }
    Path file = other.resolve("sae.safetensors");
    Safetensors.write(
        file,
        Map.of(
            "W_enc", Tensor.of(encoder, WIDTH, features),
            "b_enc", Tensor.of(new float[features], features),
            "W_dec", Tensor.of(decoder, features, WIDTH),
            "threshold", Tensor.of(threshold, features),
            "b_dec", Tensor.of(new float[WIDTH], WIDTH)),
        Map.of());
    return SparseAutoencoder.load(file).at("blocks.0.hook_resid_post");
  }

  @Test
  void refusesFeaturesThatThereAreNotAndOtherWidths() {
    int count = ToyModel.VOCABULARY + 1;
    try (LanguageModel<AnyModel> toy = ToyModel.open(folder);
        LanguageModel<AnyModel> small = Reference.open("two-heads")) {
      SaeFeatures features = SaeFeatures.of(toy, sae());
      assertThat(
              assertThrows(RunException.class, () -> features.ablate(ToyModel.CLEAN, 4, 1, count)))
          .hasMessageThat()
          .isEqualTo(
              "feature %s does not exist: the autoencoder has %s, so 0 to %s"
                  .formatted(count, count, count - 1));
      assertThat(assertThrows(RunException.class, () -> features.topK(count + 1)))
          .hasMessageThat()
          .startsWith("expected topK from 1 to the autoencoder's");
      SaeFeatures others = SaeFeatures.of(small, sae());
      assertThat(assertThrows(RecordingException.class, () -> others.run(new long[] {3, 17})))
          .hasMessageThat()
          .contains(
              "the autoencoder reads vectors of 102 numbers, blocks.0.hook_resid_post has 16");
    }
  }

  @Test
  void findsTheTokenBeforeAndTheModelNeedsIt() throws Exception {
    try (LanguageModel<AnyModel> toy = ToyModel.open(folder)) {
      SaeFeatures features = SaeFeatures.of(toy, sae()).topK(2);
      SaeFeaturesResult found = features.run(ToyModel.CLEAN);
      for (int p = 1; p < ToyModel.CLEAN.length; p++) {
        assertThat(found.top(p)).hasSize(1);
        assertThat(found.top(p).get(0).feature()).isEqualTo((int) ToyModel.CLEAN[p - 1]);
        assertThat(found.top(p).get(0).value()).isWithin(1e-4).of(1);
        assertThat(found.active(p)).isEqualTo(1);
      }
      assertThat(found.strongest(99)).hasSize(9);
      assertThat(found.figure().svg()).contains("Features at blocks.0.hook_resid_post");
      assertThat(found.figure(1).html()).contains("Feature 1");
      assertThat(new ObjectMapper().readTree(found.toJson()).get("top")).hasSize(17);

      // Position 3 says that 1 came before; without that, attention at 10 is uniform over 11 keys.
      SaeAblationResult without = features.ablate(slice(ToyModel.CLEAN), ToyModel.ANSWER, 1, 6, 10);
      assertThat(without.logit()).isWithin(1e-3).of(10);
      assertThat(without.effect(0)).isWithin(1e-3).of(10.0 / 11 - 10);
      assertThat(without.effect(1)).isWithin(1e-3).of(0);
      // Feature 10 is never active: no bit changes.
      assertThat(without.effect(2)).isEqualTo(0);
      assertThat(without.together()).isWithin(1e-3).of(10.0 / 11 - 10);
      assertThat(without.toString()).contains("feature 6");
      assertThat(without.toJson()).contains("\"together\"");
    }
  }

  private static long[] slice(long[] prompt) {
    return java.util.Arrays.copyOf(prompt, ToyModel.QUERY + 1);
  }

  @Test
  void refusesNoFeatures() {
    try (LanguageModel<AnyModel> toy = ToyModel.open(folder)) {
      SaeFeatures features = SaeFeatures.of(toy, sae());
      assertThat(
              assertThrows(
                  RunException.class, () -> features.ablate(ToyModel.CLEAN, ToyModel.ANSWER)))
          .hasMessageThat()
          .contains("expected a feature or more to ablate");
      assertThat(assertThrows(RunException.class, () -> features.topK(0)))
          .hasMessageThat()
          .contains("expected topK from 1 to");
    }
  }
}
