package org.nnsight4j.toolkit.attention;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.toolkit.reference.Reference;
import org.nnsight4j.toolkit.reference.ToyModel;

final class AttentionTest {
  @TempDir private Path folder;

  @ParameterizedTest
  @MethodSource("org.nnsight4j.toolkit.reference.Reference#models")
  void scoresOfATextAreTransformerLenss(String name) {
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      HeadScoresResult scores = HeadScores.of(model).run(Reference.ids("repeated"));
      for (HeadKind kind : HeadKind.values()) {
        double[][] wanted =
            Reference.matrix(Reference.of(name, "heads").get(kind.name().toLowerCase(Locale.ROOT)));
        for (int layer = 0; layer < wanted.length; layer++) {
          for (int head = 0; head < wanted[layer].length; head++) {
            assertWithMessage("%s, %s, layer %s, head %s", name, kind, layer, head)
                .that(scores.score(kind, layer, head))
                .isWithin(1e-5)
                .of(wanted[layer][head]);
          }
        }
      }
    }
  }

  @Test
  void theModelMadeByHandHasOnePreviousTokenAndOneInductionHead() {
    try (LanguageModel<AnyModel> toy = ToyModel.open(folder)) {
      List<Long> heard = new ArrayList<>();
      HeadScores scores =
          HeadScores.of(toy).distances(7, 9).progress((done, all) -> heard.add(done * 10 + all));
      HeadScoresResult found = scores.run();
      assertThat(heard).containsExactly(12L, 22L).inOrder();
      assertThat(found.score(HeadKind.PREVIOUS, 0, 0)).isWithin(1e-5).of(1);
      assertThat(found.score(HeadKind.INDUCTION, 1, 0)).isWithin(1e-5).of(1);
      assertThat(found.score(HeadKind.INDUCTION, 0, 0)).isWithin(1e-5).of(0);
      assertThat(found.score(HeadKind.DUPLICATE, 1, 0)).isWithin(1e-5).of(0);
      assertThat(found.top(HeadKind.INDUCTION, 1).get(0).layer()).isEqualTo(1);
      assertThat(scores.cost().toString()).contains("2 forward passes over 34 tokens");
      assertThat(found.toString()).isEqualTo(HeadScores.of(toy).distances(7, 9).run().toString());
    }
  }

  @Test
  void patternsHaveTheirNumbersEntropyAndPictures() throws Exception {
    try (LanguageModel<AnyModel> toy = ToyModel.open(folder)) {
      AttentionResult attention = AttentionPatterns.of(toy).run(ToyModel.CLEAN);
      assertThat(attention.weight(0, 0, 5, 4)).isWithin(1e-5).of(1);
      assertThat(attention.weight(1, 0, ToyModel.QUERY, 3)).isWithin(1e-5).of(1);
      // Nothing came after the first tokens before: attention is uniform.
      assertThat(attention.entropy(1, 0, 4)).isWithin(1e-4).of(Math.log(5));
      assertThat(attention.headCount(-1)).isEqualTo(1);
      assertThat(attention.figure(0, 0).text(400)).contains("#9");
      assertThat(attention.figure().html()).contains("\"layer\":1");
      assertThat(new ObjectMapper().readTree(attention.toJson()).get("layers")).hasSize(2);
      assertThat(AttentionPatterns.of(toy).layers(-1).run(ToyModel.CLEAN).layers())
          .containsExactly(1);
    }
  }

  @Test
  void copiesAreScoredOnlyWhereThereAreSome() {
    try (LanguageModel<AnyModel> model = Reference.open("two-heads")) {
      HeadScoresResult found = HeadScores.of(model).run(new long[] {3, 17, 9, 24});
      assertThat(found.score(HeadKind.PREVIOUS, 0, 0)).isGreaterThan(0);
      assertThat(assertThrows(RunException.class, () -> found.score(HeadKind.INDUCTION, 0, 0)))
          .hasMessageThat()
          .startsWith(
              "no token of this text comes twice, so that no head could do this (induction)");
      assertThat(found.toString()).contains("none of which comes twice");
      assertThat(assertThrows(RunException.class, () -> HeadScores.of(model).run(new long[] {3})))
          .hasMessageThat()
          .startsWith("expected a text of two tokens or more");
      String table = AttentionPatterns.of(model).run(new long[] {3, 17}).figure(0, 1).text(80);
      assertThat(table).contains("1.00  0.00");
    }
  }

  @Test
  void refusesLayersHeadsAndDistancesThatThereAreNot() {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      AttentionPatterns patterns = AttentionPatterns.of(gpt2).layers(1);
      AttentionResult attention = patterns.run("The Eiffel Tower");
      assertThat(patterns.cost("The Eiffel Tower").tokens()).isEqualTo(attention.tokens().size());
      assertThat(assertThrows(RunException.class, () -> attention.weight(0, 0, 0, 0)))
          .hasMessageThat()
          .isEqualTo("layer 0 was not read; there are [1]");
      assertThat(assertThrows(RunException.class, () -> attention.weight(1, 4, 0, 0)))
          .hasMessageThat()
          .isEqualTo("head 4 does not exist: layer 1 has 4, so 0 to 3, or -1 to -4 from the end");
      assertThat(assertThrows(RunException.class, () -> patterns.layers(4)))
          .hasMessageThat()
          .contains("layer 4 does not exist");
      assertThat(assertThrows(RunException.class, () -> HeadScores.of(gpt2).distances(1)))
          .hasMessageThat()
          .contains("expected distances from 2 to 63");
    }
  }
}
