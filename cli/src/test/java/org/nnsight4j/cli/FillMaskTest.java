package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.bert.Bert;
import org.nnsight4j.models.bert.BertModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.toolkit.mask.FillMask;

/** What the toolkit puts in the place of masks is what transformers does. */
final class FillMaskTest {
  private static final Path FOLDER =
      Path.of("../model-stubs/src/test/resources/fixtures/bert/usual");

  @Test
  void isAsInTransformers() throws Exception {
    JsonNode cases = new ObjectMapper().readTree(FOLDER.resolve("cases.json").toFile());
    JsonNode texts =
        StreamSupport.stream(cases.get("cases").spliterator(), false)
            .filter(each -> each.get("name").asText().equals("texts"))
            .findFirst()
            .orElseThrow();
    assertThat(texts.get("best")).hasSize(2);
    try (LanguageModel<Bert> bert = LanguageModel.open(new BertModel(), FOLDER)) {
      for (JsonNode best : texts.get("best")) {
        String text = texts.get("texts").get(best.get("row").asInt()).asText();
        List<FillMask.Filled> found = FillMask.of(bert, text, 3, Bert::output);
        assertThat(found).hasSize(1);
        assertThat(found.get(0).position()).isEqualTo(best.get("place").asInt());
        for (int rank = 0; rank < 3; rank++) {
          FillMask.Token token = found.get(0).tokens().get(rank);
          assertThat(token.id()).isEqualTo(best.get("ids").get(rank).asLong());
          assertThat(token.text()).isEqualTo(bert.tokenizer().token(token.id()));
          assertThat(token.probability())
              .isWithin(1e-5)
              .of(best.get("probabilities").get(rank).asDouble());
        }
      }
      assertThat(assertThrows(RunException.class, () -> FillMask.of(bert, "cat", 1, Bert::output)))
          .hasMessageThat()
          .isEqualTo("expected [MASK] in the text, found none: 'cat'");
    }
  }

  @Test
  void aDecoderHasNoMask() {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      assertThat(assertThrows(RunException.class, () -> FillMask.of(gpt2, "a", 1, Gpt2::output)))
          .hasMessageThat()
          .startsWith("the tokenizer has no mask_token");
    }
  }
}
