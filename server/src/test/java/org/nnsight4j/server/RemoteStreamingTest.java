package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;
import static java.util.stream.Collectors.joining;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.doSample;
import static org.nnsight4j.Options.maxNewTokens;
import static org.nnsight4j.Options.remote;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.GenerationStream;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Output;
import org.nnsight4j.Prepared;
import org.nnsight4j.Session;
import org.nnsight4j.generate.FinishReason;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.generate.GeneratedPiece;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.remote.JobStatus;
import org.nnsight4j.remote.Watcher;
import org.nnsight4j.server.testing.GraphServer;

/** New text of runs at a server: as events come, and the rest with the result. */
final class RemoteStreamingTest {
  private static final String MADISON = "Madison Square Garden is located in the city of";

  /** Long enough for several events. */
  private static final GenerateOptions LONG =
      doSample()
          .temperature(3.0)
          .topK(0)
          .maxNewTokens(100)
          .minNewTokens(100)
          .numReturnSequences(8)
          .useCache(false);

  @TempDir static Path data;
  private static GraphServer place;
  private static LanguageModel<Gpt2> there;

  @BeforeAll
  static void start() throws Exception {
    place = new GraphServer(data);
    there = place.gpt2.at(place.remote);
  }

  @AfterAll
  static void close() {
    place.close();
  }

  private static String text(List<GeneratedPiece> pieces, int sequence) {
    return pieces.stream()
        .filter(piece -> piece.sequence() == sequence)
        .map(GeneratedPiece::text)
        .collect(joining());
  }

  @Test
  void textComesWhileTheRunGoesOnThereAndIsWhole() {
    List<GeneratedPiece> pieces = new ArrayList<>();
    Output output;
    try (Generator<Gpt2> generator = there.generate(LONG)) {
      generator.streamTo(pieces::add);
      try (Invoker<Gpt2> invoker = generator.invoke(MADISON)) {
        invoker.allSteps().forEach(model -> model.transformer().h(1).output(0).mul(1.1));
      }
      generator.run();
      output = generator.output();
    }
    for (int i = 0; i < 8; i++) {
      assertThat(text(pieces, i)).isEqualTo(output.newText(i));
    }
    // Each sequence ends once; what came before its end came in events.
    assertThat(pieces.stream().filter(piece -> piece.finishReason().isPresent()).count())
        .isEqualTo(8);
    assertThat(pieces.size()).isGreaterThan(8);
    assertThat(pieces.get(0).finishReason()).isEmpty();
    assertThat(pieces.get(0).newIds().length).isLessThan(100);
  }

  @Test
  void aLoopAPreparedRunAndASessionReadItToo() {
    try (Generator<Gpt2> generator = there.generate(maxNewTokens(8))) {
      generator.invoke(MADISON).close();
      try (GenerationStream<Output> stream = generator.stream()) {
        List<GeneratedPiece> pieces = stream.pieces().toList();
        assertThat(text(pieces, 0)).isEqualTo(" New York City.");
        assertThat(pieces.get(pieces.size() - 1).finishReason()).hasValue(FinishReason.EOS);
      }
      assertThat(generator.output().newText(0)).isEqualTo(" New York City.");
    }
    Prepared<Invoker<Gpt2>> prepared =
        there.prepare(
            maxNewTokens(2),
            generator -> {
              Invoker<Gpt2> invoker = generator.input();
              invoker.close();
              return invoker;
            });
    try (var stream = prepared.stream(MADISON)) {
      assertThat(text(stream.pieces().toList(), 0)).isEqualTo(" New York");
    }
    List<GeneratedPiece> heard = new ArrayList<>();
    there.session(
        (Session<Gpt2> session) -> {
          for (int tokens = 1; tokens <= 2; tokens++) {
            try (Generator<Gpt2> generator = session.generate(maxNewTokens(tokens))) {
              generator.streamTo(heard::add).invoke(MADISON).close();
            }
          }
        });
    assertThat(text(heard, 0)).isEqualTo(" New New York");
  }

  @Test
  void aStreamThatIsClosedEarlyCancelsItsJob() throws Exception {
    List<String> jobs = new CopyOnWriteArrayList<>();
    LanguageModel<Gpt2> watched =
        place.gpt2.at(
            remote(
                place.client.watchedBy(
                    new Watcher() {
                      @Override
                      public void status(String id, JobStatus status, String text) {
                        jobs.add(id);
                      }
                    }),
                "gpt2"));
    Generator<Gpt2> generator = watched.generate(LONG.numReturnSequences(60));
    generator.invoke(MADISON).close();
    try (GenerationStream<Output> stream = generator.stream()) {
      assertThat(stream.iterator().next().newIds()).isNotEmpty();
    }
    generator.close();
    assertThrows(RuntimeException.class, generator::output);
    long end = System.nanoTime() + Duration.ofSeconds(20).toNanos();
    JobStatus status = place.client.job(jobs.get(0)).status();
    while (!status.ended() && System.nanoTime() < end) {
      Thread.sleep(50);
      status = place.client.job(jobs.get(0)).status();
    }
    assertThat(status).isEqualTo(JobStatus.CANCELLED);
  }
}
