package org.nnsight4j.models.bert;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Session;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.OptionsException;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.models.bert.Bert.Vocab;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.tokenizer.TextPair;
import org.nnsight4j.tokenizer.TypedIds;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * Texts and pairs of texts, as {@code tokenizer(text, text_pair)} and BertForMaskedLM read them.
 */
final class BertTextsTest {
  private static final Path FOLDER = Path.of("src/test/resources/fixtures/bert/usual");
  private static final double TOLERANCE = 1e-5;

  private LanguageModel<Bert> bert;
  private JsonNode cases;

  @BeforeEach
  void open() throws Exception {
    bert = LanguageModel.open(new BertModel(), FOLDER);
    cases = new ObjectMapper().readTree(FOLDER.resolve("cases.json").toFile()).get("cases");
  }

  @AfterEach
  void close() {
    bert.close();
  }

  private JsonNode find(String name) {
    return StreamSupport.stream(cases.spliterator(), false)
        .filter(each -> each.get("name").asText().equals(name))
        .findFirst()
        .orElseThrow();
  }

  private static long[] row(JsonNode json) {
    return StreamSupport.stream(json.spliterator(), false).mapToLong(JsonNode::asLong).toArray();
  }

  private List<TextPair> pairs() {
    return StreamSupport.stream(find("pairs").get("texts").spliterator(), false)
        .map(pair -> new TextPair(pair.get(0).asText(), pair.get(1).asText()))
        .toList();
  }

  private List<String> texts() {
    return StreamSupport.stream(find("texts").get("texts").spliterator(), false)
        .map(JsonNode::asText)
        .toList();
  }

  @Test
  void theTokenizerPutsPairsTogether() {
    for (int i = 0; i < pairs().size(); i++) {
      TypedIds read = bert.tokenizer().encode(pairs().get(i));
      assertThat(read.ids()).isEqualTo(row(find("pairs").get("ids").get(i)));
      assertThat(read.types()).isEqualTo(row(find("pairs").get("types").get(i)));
    }
  }

  /** Rows of a batch are those of transformers, which pads them on the other side. */
  @Test
  void pairsInOneBatch() {
    Saved<Vocab> logits;
    Saved<?> types;
    try (Generator<Bert> generator = bert.trace();
        Invoker<Bert> invoker = generator.invokePairs(pairs())) {
      types = invoker.model().bert().tokenTypeIds().output().save();
      logits = invoker.model().output().save();
    }
    check("pairs", logits.value());
    int longest = (int) types.value().shape(1);
    for (int row = 0; row < 3; row++) {
      long[] expected = row(find("pairs").get("types").get(row));
      for (int i = 0; i < longest; i++) {
        int place = i - (longest - expected.length);
        assertWithMessage("type %s of row %s", i, row)
            .that(types.value().get(row, i))
            .isEqualTo(place < 0 ? 0.0 : expected[place]);
      }
    }
  }

  @Test
  void pairsByAnInvokerEachAndTexts() {
    List<Saved<Vocab>> alone = new ArrayList<>();
    Saved<Vocab> ofTexts;
    try (Generator<Bert> generator = bert.trace()) {
      for (TextPair pair : pairs()) {
        generator.invoke(
            pair,
            invoker -> {
              alone.add(invoker.model().output().save());
            });
      }
      ofTexts = generator.invoke(texts(), invoker -> invoker.model().output().save());
    }
    for (int row = 0; row < alone.size(); row++) {
      checkRow("pairs", row, alone.get(row).value(), 0);
    }
    check("texts", ofTexts.value());
  }

  @Test
  void sessionsCarryValues() {
    Saved<Vocab> second;
    try (Session<Bert> session = bert.session()) {
      Value<Bert.Hidden> kept;
      try (Generator<Bert> first = session.trace();
          Invoker<Bert> invoker = first.invoke(pairs().get(0))) {
        kept = invoker.model().bert().encoder().layer(0).output();
      }
      try (Generator<Bert> other = session.trace();
          Invoker<Bert> invoker = other.invoke(pairs().get(0))) {
        invoker.model().bert().encoder().layer(0).skip(kept);
        second = invoker.model().output().save();
      }
    }
    checkRow("pairs", 0, second.value(), 0);
  }

  @Test
  void theMaskIsFilled() {
    for (JsonNode best : find("texts").get("best")) {
      String text = texts().get(best.get("row").asInt());
      Saved<?> ids =
          bert.trace()
              .run(
                  generator ->
                      generator.invoke(
                          text,
                          invoker ->
                              invoker
                                  .model()
                                  .output()
                                  .at(best.get("place").asInt())
                                  .topK(3, -1)
                                  .indices()
                                  .save()))
              .result();
      assertThat(IntStream.range(0, 3).mapToLong(i -> (long) ids.value().at(i)).toArray())
          .isEqualTo(row(best.get("ids")));
    }
  }

  @Test
  void nothingIsGenerated() {
    assertThat(assertThrows(OptionsException.class, bert::generate))
        .hasMessageThat()
        .isEqualTo(
            "'bert' sees all of a text at once and does not continue it, so there is no generate(...); use trace(...), and read the logits at the mask's position");
  }

  @Test
  void aDecoderReadsNoPairs() {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      Generator<Gpt2> generator = gpt2.trace();
      assertThat(
              assertThrows(
                  RecordingException.class, () -> generator.invoke(new TextPair("a", "b"))))
          .hasMessageThat()
          .contains("'gpt2' reads one text in a row, so a pair of texts has no meaning for it");
    }
  }

  @Test
  void aPairIsAsLongAsBothTexts() {
    String text = "cat ".repeat(20);
    Generator<Bert> generator = bert.trace();
    generator.invoke(new TextPair(text, text)).close();
    assertThat(assertThrows(PlanningException.class, generator::close))
        .hasMessageThat()
        .contains("a prompt of 43 tokens needs 43 positions, this model has 32");
  }

  private void check(String name, Tensor batch) {
    int longest = (int) batch.shape(1);
    for (int row = 0; row < 3; row++) {
      int length = find(name).get("ids").get(row).size();
      checkRow(name, row, row(batch, row), longest - length);
    }
  }

  private static Tensor row(Tensor batch, int row) {
    int size = (int) (batch.shape(1) * batch.shape(2));
    float[] numbers = Arrays.copyOfRange(batch.toFloatArray(), row * size, (row + 1) * size);
    return Tensor.of(numbers, 1, batch.shape(1), batch.shape(2));
  }

  private void checkRow(String name, int row, Tensor found, int padding) {
    Tensor expected =
        Safetensors.read(FOLDER.resolve("expected.safetensors"))
            .get("%s/row.%s/logits".formatted(name, row));
    int begin = padding * (int) found.shape(2);
    assertThat(found.size() - begin).isEqualTo(expected.size());
    for (int i = 0; i < expected.size(); i++) {
      assertWithMessage("%s, row %s, element %s", name, row, i)
          .that(found.at(begin + i))
          .isWithin(TOLERANCE * Math.max(1, Math.abs(expected.at(i))))
          .of(expected.at(i));
    }
  }
}
