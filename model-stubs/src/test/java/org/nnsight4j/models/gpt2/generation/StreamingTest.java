package org.nnsight4j.models.gpt2.generation;

import static com.google.common.truth.Truth.assertThat;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.doSample;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.Options.numBeams;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.nnsight4j.GenerationStream;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Output;
import org.nnsight4j.Prepared;
import org.nnsight4j.Results;
import org.nnsight4j.Session;
import org.nnsight4j.error.RunException;
import org.nnsight4j.generate.FinishReason;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.generate.GeneratedPiece;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.values.Saved;

/** New text as it comes, while interventions act: to a listener, and in a loop. */
final class StreamingTest {
  private static final String MADISON = "Madison Square Garden is located in the city of";
  private static final String EIFFEL = "The Eiffel Tower is in the city of";
  private static LanguageModel<Gpt2> gpt2;

  @BeforeAll
  static void open() {
    gpt2 = EmbeddedGpt2.open().as(Gpt2.class);
  }

  @AfterAll
  static void close() {
    gpt2.close();
  }

  private static String text(List<GeneratedPiece> pieces, int sequence) {
    return pieces.stream()
        .filter(piece -> piece.sequence() == sequence)
        .map(GeneratedPiece::text)
        .collect(joining());
  }

  private static long[] ids(List<GeneratedPiece> pieces, int sequence) {
    return pieces.stream()
        .filter(piece -> piece.sequence() == sequence)
        .flatMapToLong(piece -> LongStream.of(piece.newIds()))
        .toArray();
  }

  private static void assertWhole(List<GeneratedPiece> pieces, Output output) {
    for (int i = 0; i < output.sequences().size(); i++) {
      assertThat(text(pieces, i)).isEqualTo(output.newText(i));
      assertThat(ids(pieces, i)).isEqualTo(output.newIds(i));
      int sequence = i;
      List<GeneratedPiece> own =
          pieces.stream().filter(piece -> piece.sequence() == sequence).toList();
      assertThat(own.get(own.size() - 1).finishReason())
          .hasValue(output.sequences().get(i).finishReason());
      assertThat(own.subList(0, own.size() - 1).stream().map(GeneratedPiece::finishReason).toList())
          .doesNotContain(own.get(own.size() - 1).finishReason());
    }
  }

  @Test
  void aListenerHearsEachTokenWithTheLastOne() {
    List<GeneratedPiece> pieces = new ArrayList<>();
    try (Generator<Gpt2> generator = gpt2.generate(maxNewTokens(8))) {
      generator.streamTo(pieces::add).invoke(MADISON).close();
      generator.run();
      assertThat(pieces.stream().map(GeneratedPiece::text).toList())
          .containsExactly(" New", " York", " City", ".", "")
          .inOrder();
      assertThat(pieces.get(4).finishReason()).hasValue(FinishReason.EOS);
      assertThat(pieces.get(4).newIds()).asList().containsExactly(0L);
      assertWhole(pieces, generator.output());
    }
  }

  @Test
  void whatIsHeardIsWhatInterventionsMakeOfIt() {
    List<String> pieces = new ArrayList<>();
    Saved<Hidden> third;
    try (Generator<Gpt2> generator = gpt2.generate(maxNewTokens(4).minNewTokens(4))) {
      generator.streamTo(piece -> pieces.add(piece.text()));
      try (Invoker<Gpt2> invoker = generator.invoke(MADISON)) {
        invoker.allSteps().forEach(model -> model.transformer().h(3).output(0).set(0));
        third = invoker.step(2).transformer().h(1).output(0).save();
      }
      generator.run();
      assertThat(String.join("", pieces)).isEqualTo(generator.output().newText(0));
      assertThat(pieces.get(0)).isNotEqualTo(" New");
    }
    assertThat(third.value().shape()).isEqualTo(new long[] {1, 1, 128});
  }

  /** The run is not ahead of what is heard: a listener is called before the next forward pass. */
  @Test
  void piecesComeBetweenForwardPasses() {
    List<String> order = new ArrayList<>();
    try (Generator<Gpt2> generator = gpt2.generate(maxNewTokens(3))) {
      generator.streamTo(piece -> order.add(piece.text()));
      try (Invoker<Gpt2> invoker = generator.invoke(MADISON)) {
        invoker
            .allSteps()
            .forEach(model -> model.transformer().h(0).output(0).peek(any -> order.add("pass")));
      }
    }
    assertThat(order).containsExactly("pass", " New", "pass", " York", "pass", " City").inOrder();
  }

  @Test
  void aLoopReadsTextAndThenAllElseIsThere() {
    try (Generator<Gpt2> generator = gpt2.generate(maxNewTokens(3))) {
      Saved<Hidden> hidden;
      try (Invoker<Gpt2> invoker = generator.invoke(MADISON)) {
        hidden = invoker.model().transformer().h(-1).output(0).save();
      }
      List<GeneratedPiece> pieces = new ArrayList<>();
      try (GenerationStream<Output> stream = generator.stream()) {
        for (GeneratedPiece piece : stream) {
          pieces.add(piece);
        }
        assertWhole(pieces, stream.result());
      }
      assertThat(text(pieces, 0)).isEqualTo(" New York City");
      assertThat(hidden.value().shape()).isEqualTo(new long[] {1, 9, 128});
      assertThat(generator.receipt().passes()).isEqualTo(3);
    }
  }

  @Test
  void allRowsAndReturnedSequencesStream() {
    List<GeneratedPiece> pieces = new ArrayList<>();
    try (Generator<Gpt2> generator =
        gpt2.generate(
            doSample().temperature(2.0).topK(0).seed(3).maxNewTokens(20).numReturnSequences(4))) {
      generator.streamTo(pieces::add);
      generator.invoke(MADISON).close();
      generator.invoke(List.of(EIFFEL, "The")).close();
      generator.run();
      assertThat(generator.output().sequences()).hasSize(12);
      assertWhole(pieces, generator.output());
    }
  }

  /** The vocabulary has tokens for single bytes, which hot sampling draws. */
  @Test
  void noPieceTearsACharacterApart() {
    List<GeneratedPiece> pieces = new ArrayList<>();
    long[] eiffel = gpt2.tokenizer().encode("Zürich – 東京 ");
    try (Generator<Gpt2> generator =
        gpt2.generate(
            doSample().temperature(100.0).topK(0).seed(5).maxNewTokens(30).numReturnSequences(6))) {
      generator.streamTo(pieces::add).invoke(eiffel).close();
      generator.run();
      assertWhole(pieces, generator.output());
    }
    assertThat(pieces.stream().filter(piece -> piece.text().isEmpty()).count()).isGreaterThan(8L);
  }

  @Test
  void aStopStringIsThereAndNothingBehindIt() {
    List<GeneratedPiece> pieces = new ArrayList<>();
    try (Generator<Gpt2> generator = gpt2.generate(maxNewTokens(8).stopStrings("York"))) {
      generator.streamTo(pieces::add).invoke(MADISON).close();
      generator.run();
      assertWhole(pieces, generator.output());
    }
    assertThat(text(pieces, 0)).isEqualTo(" New York");
    assertThat(pieces.get(1).finishReason()).hasValue(FinishReason.STOP_STRING);
  }

  @Test
  void aRecordedStopEndsTheTextToo() {
    List<GeneratedPiece> pieces = new ArrayList<>();
    try (Generator<Gpt2> generator = gpt2.generate(maxNewTokens(8))) {
      generator.streamTo(pieces::add);
      try (Invoker<Gpt2> invoker = generator.invoke(MADISON)) {
        invoker.step(2).transformer().h(0).output(0).save();
        invoker.stop();
      }
      generator.run();
      assertWhole(pieces, generator.output());
    }
    assertThat(text(pieces, 0)).isEqualTo(" New York");
    assertThat(pieces.get(2).newIds()).isEmpty();
    assertThat(pieces.get(2).finishReason()).hasValue(FinishReason.STOPPED);
  }

  @Test
  void aStreamThatIsClosedEarlyEndsItsRun() {
    Generator<Gpt2> generator = gpt2.generate(maxNewTokens(100).minNewTokens(100));
    generator.invoke(MADISON).close();
    try (Stream<GeneratedPiece> stream = generator.stream().pieces()) {
      assertThat(stream.limit(2).map(GeneratedPiece::text).collect(joining()))
          .isEqualTo(" New York");
    }
    generator.close();
    RunException none = assertThrows(RunException.class, generator::output);
    assertThat(none).hasMessageThat().contains("the stream was closed before the run was over");
    assertThat(gpt2.generate(maxNewTokens(1), EIFFEL, model -> {}).newText(0)).isEqualTo(" Paris");
  }

  @Test
  void whatFailsInTheRunFailsWhereItIsRead() {
    Generator<Gpt2> generator = gpt2.generate(maxNewTokens(3));
    try (Invoker<Gpt2> invoker = generator.invoke(MADISON)) {
      invoker
          .step(2)
          .transformer()
          .h(0)
          .output(0)
          .peek(
              any -> {
                throw new IllegalStateException("not today");
              });
    }
    GenerationStream<Output> stream = generator.stream();
    List<String> read = new ArrayList<>();
    RuntimeException failed =
        assertThrows(RuntimeException.class, () -> stream.forEach(piece -> read.add(piece.text())));
    assertThat(failed).hasMessageThat().contains("not today");
    assertThat(read).containsExactly(" New", " York").inOrder();
    assertThat(assertThrows(RuntimeException.class, stream::result)).isEqualTo(failed);
    assertThat(assertThrows(RunException.class, generator::output))
        .hasMessageThat()
        .contains("not today");
  }

  @Test
  void aListenerThatThrowsEndsTheRun() {
    Generator<Gpt2> generator = gpt2.generate(maxNewTokens(100));
    generator.streamTo(
        piece -> {
          throw new IllegalStateException("enough");
        });
    generator.invoke(MADISON).close();
    assertThat(assertThrows(IllegalStateException.class, generator::run))
        .hasMessageThat()
        .isEqualTo("enough");
    assertThat(assertThrows(RunException.class, generator::output))
        .hasMessageThat()
        .contains("enough");
  }

  private static Saved<Hidden> last(Generator<Gpt2> generator) {
    try (Invoker<Gpt2> invoker = generator.input()) {
      invoker.allSteps().forEach(model -> model.transformer().h(3).mlp().output().mul(1.0));
      return invoker.model().transformer().h(-1).output(0).save();
    }
  }

  @Test
  void preparedRunsStream() {
    Prepared<Saved<Hidden>> prepared = gpt2.prepare(maxNewTokens(3), StreamingTest::last);
    List<GeneratedPiece> pieces = new ArrayList<>();
    Results heard = prepared.streamTo(pieces::add).run(MADISON);
    assertWhole(pieces, heard.output());
    try (GenerationStream<Results> stream = prepared.stream(EIFFEL)) {
      List<GeneratedPiece> read = stream.pieces().toList();
      assertWhole(read, stream.result().output());
      assertThat(text(read, 0)).startsWith(" Paris.");
      assertThat(stream.result().value(prepared.recorded()).shape())
          .isEqualTo(new long[] {1, 8, 128});
    }
    long[] ids = gpt2.tokenizer().encode(EIFFEL);
    assertThat(prepared.stream(ids).result().output().newText(0)).startsWith(" Paris.");
    assertThat(prepared.stream(List.of(List.of(EIFFEL, MADISON))).result().output().texts())
        .hasSize(2);
    pieces.clear();
    var unused = prepared.run(EIFFEL);
    assertThat(pieces).isEmpty();
  }

  @Test
  void runsOfASessionTellTheirListeners() {
    List<String> pieces = new ArrayList<>();
    gpt2.session(
        (Session<Gpt2> session) -> {
          for (String text : List.of(EIFFEL, MADISON)) {
            try (Generator<Gpt2> generator = session.generate(maxNewTokens(1))) {
              generator.streamTo(piece -> pieces.add(piece.text())).invoke(text).close();
              assertThat(assertThrows(RunException.class, generator::stream))
                  .hasMessageThat()
                  .contains("happens with the others");
            }
          }
        });
    assertThat(pieces).containsExactly(" Paris", " New").inOrder();
  }

  private static String refused(GenerateOptions options) {
    Generator<Gpt2> generator = gpt2.generate(options);
    return assertThrows(RunException.class, () -> generator.streamTo(piece -> {})).getMessage();
  }

  @Test
  void whatCannotStreamSaysSo() {
    assertThat(refused(numBeams(2))).contains("expected numBeams=1 for streaming, found 2");
    assertThat(assertThrows(RunException.class, () -> gpt2.trace().streamTo(piece -> {})))
        .hasMessageThat()
        .contains("a trace is one forward pass and has no new text to stream");
    Prepared<Saved<Hidden>> beams = gpt2.prepare(numBeams(2), StreamingTest::last);
    assertThat(assertThrows(RunException.class, () -> beams.stream(EIFFEL)))
        .hasMessageThat()
        .contains("found 2");
    Generator<Gpt2> generator = gpt2.generate(maxNewTokens(2));
    generator.invoke(EIFFEL).close();
    GenerationStream<Output> stream = generator.stream();
    assertThat(stream.iterator().hasNext()).isTrue();
    assertThat(assertThrows(RunException.class, stream::iterator))
        .hasMessageThat()
        .contains("can be read once");
    assertThat(assertThrows(RunException.class, generator::run))
        .hasMessageThat()
        .contains("ran before");
    assertThat(stream.result().newText(0)).isEqualTo(" Paris.");
    generator.close();
  }
}
