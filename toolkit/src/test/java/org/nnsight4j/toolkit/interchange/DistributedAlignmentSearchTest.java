package org.nnsight4j.toolkit.interchange;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.reference.Reference;
import org.nnsight4j.toolkit.reference.ToyModel;

/** Against torch's training of the same rotation, and on the model made by hand. */
final class DistributedAlignmentSearchTest {
  private static final int WIDTH = 102;

  /** Where the model made by hand keeps the token before, and its prediction; once more negated. */
  private static final int BEFORE = 30;

  private static final int PREDICTION = 40;

  @TempDir private Path folder;

  @Test
  void trainsAsTorchDoes() {
    JsonNode wanted = Reference.lenses().get("interchange");
    List<Counterfactual> pairs = new ArrayList<>();
    for (int i = 0; i < wanted.get("bases").size(); i++) {
      pairs.add(
          new Counterfactual(
              Reference.ids(wanted.get("bases").get(i)),
              Reference.ids(wanted.get("sources").get(i)),
              wanted.get("answers").get(i).asLong()));
    }
    double[] start = new double[32];
    for (int i = 0; i < start.length; i++) {
      start[i] = Math.sin(i * 0.7 + 3);
    }
    float[] initial = new float[32];
    for (int i = 0; i < start.length; i++) {
      initial[i] = (float) start[i];
    }
    try (LanguageModel<AnyModel> model = Reference.open("llama/usual")) {
      List<Long> heard = new ArrayList<>();
      DistributedAlignmentResult found =
          DistributedAlignmentSearch.of(model)
              .layer(1)
              .initial(Tensor.of(initial, 16, 2))
              .learningRate(0.05)
              .epochs(8)
              .batchSize(4)
              .progress((done, all) -> heard.add(done * 100 + all))
              .run(pairs, pairs);
      double[] losses = Reference.numbers(wanted.get("losses"));
      for (int i = 0; i < losses.length; i++) {
        assertWithMessage("step %s", i).that(found.losses()[i]).isWithin(2e-3).of(losses[i]);
      }
      double[] projector = Reference.numbers(wanted.get("projector"));
      for (int row = 0; row < 4; row++) {
        for (int column = 0; column < 16; column++) {
          double sum = 0;
          for (int i = 0; i < 2; i++) {
            sum += found.rotation().get(row, i) * found.rotation().get(column, i);
          }
          assertThat(sum).isWithin(2e-3).of(projector[16 * row + column]);
        }
      }
      assertThat(found.accuracy()).isEqualTo(wanted.get("accuracy").asDouble());
      assertThat(heard).hasSize(24);
      assertThat(heard.get(23)).isEqualTo(2424);
    }
  }

  /** {@code [width, 10]}: one unit vector for each token of a block, mirrored as the model is. */
  private static Tensor block(int at) {
    float[] basis = new float[WIDTH * 10];
    float half = (float) Math.sqrt(0.5);
    for (int i = 0; i < 10; i++) {
      basis[(at + i) * 10 + i] = half;
      basis[(50 + at + i) * 10 + i] = -half;
    }
    return Tensor.of(basis, WIDTH, 10);
  }

  /** BOS and eight tokens in some order, then one of them: its follower is the answer. */
  private static Counterfactual pair(Random random) {
    long[] base = prompt(random);
    long[] source = prompt(random);
    long answer = -1;
    for (int i = 1; i < 8; i++) {
      answer = source[i] == source[9] ? source[i + 1] : answer;
    }
    return answer < 0 || java.util.Arrays.equals(base, source)
        ? pair(random)
        : new Counterfactual(base, source, answer);
  }

  private static long[] prompt(Random random) {
    List<Long> tokens = new ArrayList<>(List.of(0L, 1L, 2L, 3L, 4L, 5L, 6L, 7L));
    Collections.shuffle(tokens, random);
    long[] prompt = new long[10];
    prompt[0] = 9;
    for (int i = 0; i < 8; i++) {
      prompt[i + 1] = tokens.get(i);
    }
    prompt[9] = tokens.get(random.nextInt(7));
    return prompt;
  }

  @Test
  @Tag("nightly")
  void findsWhereTheModelMadeByHandKeepsItsPrediction() throws Exception {
    Random random = new Random(3);
    List<Counterfactual> train = new ArrayList<>();
    List<Counterfactual> test = new ArrayList<>();
    for (int i = 0; i < 40; i++) {
      (i < 30 ? train : test).add(pair(random));
    }
    try (LanguageModel<AnyModel> toy = ToyModel.open(folder)) {
      DistributedAlignmentSearch search =
          DistributedAlignmentSearch.of(toy).layer(1).dimensions(10).learningRate(0.05).epochs(15);
      assertThat(search.accuracy(block(PREDICTION), test)).isEqualTo(1);
      double other = search.accuracy(block(BEFORE), test);
      DistributedAlignmentResult found = search.run(train, test);
      assertThat(found.withoutAccuracy()).isEqualTo(other);
      assertThat(found.fullAccuracy()).isEqualTo(1);
      assertThat(found.accuracy()).isAtLeast(0.9);
      assertThat(found.randomSubspaceAccuracy()).isLessThan(0.5);
      assertThat(found.shuffledAccuracy()).isLessThan(found.accuracy());
      assertThat(found.randomModelAccuracy()).isLessThan(0.6);
      Tensor rotation = found.rotation();
      for (int i = 0; i < 10; i++) {
        for (int j = 0; j < 10; j++) {
          double product = 0;
          for (int k = 0; k < WIDTH; k++) {
            product += rotation.get(k, i) * rotation.get(k, j);
          }
          assertThat(product).isWithin(1e-6).of(i == j ? 1 : 0);
        }
      }
      // The same seed gives the same bits.
      DistributedAlignmentSearch once = search.epochs(1);
      assertThat(once.run(test, test).toJson()).isEqualTo(once.run(test, test).toJson());
      assertThat(found.figure().svg()).contains("shuffled answers, train");
      assertThat(found.toString()).contains("random weights");
      assertThat(new ObjectMapper().readTree(found.toJson()).get("rotation")).hasSize(WIDTH);
    }
  }

  @Test
  void refusesPairsThatDoNotAlign() {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      assertThat(
              assertThrows(
                  RunException.class,
                  () -> Counterfactual.of(gpt2, "The Eiffel Tower", "The Colosseum", " Rome")))
          .hasMessageThat()
          .contains("expected two prompts of as many tokens");
      DistributedAlignmentSearch search = DistributedAlignmentSearch.of(gpt2);
      Counterfactual good = new Counterfactual(new long[] {1, 2}, new long[] {3, 2}, 4);
      Counterfactual same = new Counterfactual(new long[] {1, 2}, new long[] {1, 2}, 4);
      assertThat(assertThrows(RunException.class, () -> search.run(List.of(same), List.of(good))))
          .hasMessageThat()
          .contains("expected two prompts that differ");
      assertThat(
              assertThrows(
                  RunException.class, () -> search.position(2).run(List.of(good), List.of(good))))
          .hasMessageThat()
          .contains("position 2 does not exist");
      assertThat(
              assertThrows(
                  RunException.class,
                  () -> search.dimensions(200).run(List.of(good), List.of(good))))
          .hasMessageThat()
          .contains("has 128 dimensions, fewer than the 200");
      assertThat(assertThrows(RunException.class, () -> search.run(List.of(), List.of(good))))
          .hasMessageThat()
          .contains("expected a pair or more to train on");
      assertThat(search.cost(List.of(good), List.of(good)).toString())
          .isEqualTo("58 forward passes over 116 tokens, 30 backward passes; keeps 2048 bytes");
    }
  }
}
