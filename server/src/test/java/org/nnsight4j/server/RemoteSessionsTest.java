package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.Options.maxNewTokens;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.SortedMap;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Prepared;
import org.nnsight4j.Session;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.remote.JobStatus;
import org.nnsight4j.remote.RemoteException;
import org.nnsight4j.remote.Watcher;
import org.nnsight4j.server.testing.GraphServer;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Sessions, prepared runs and edits at a server; and runs that are watched and cancelled. */
final class RemoteSessionsTest {
  private static final String TEXT = "The Eiffel Tower is in the city of";

  @TempDir static Path data;
  private static GraphServer place;
  private static LanguageModel<Gpt2> gpt2;

  @BeforeAll
  static void start() throws Exception {
    place = new GraphServer(data);
    gpt2 = place.gpt2;
  }

  @AfterAll
  static void close() {
    place.close();
  }

  /** Patches a value of the first run into the second, which is a generation. */
  private static List<Saved<?>> patched(Session<Gpt2> session) {
    List<Saved<?>> saved = new ArrayList<>();
    Value<Hidden> hidden;
    try (Generator<Gpt2> first = session.trace()) {
      hidden = first.invoke(TEXT, invoker -> invoker.model().transformer().h(1).output(0).at(-1));
    }
    try (Generator<Gpt2> second = session.generate(maxNewTokens(2))) {
      saved.add(
          second.invoke(
              "The Colosseum is in the city of",
              invoker -> {
                Gpt2 model = invoker.model();
                model.transformer().h(1).output(0).at(-1).set(hidden);
                return model.output().save();
              }));
    }
    return saved;
  }

  @Test
  void aValueOfAnEarlierRunIsUsedThereWithoutComingBack() {
    List<Saved<?>> here = gpt2.session(RemoteSessionsTest::patched);
    Session<Gpt2> session = gpt2.at(place.remote).session();
    List<Saved<?>> there = patched(session);
    session.close();
    assertThat(there.get(0).value()).isEqualTo(here.get(0).value());
    // Only what was saved, and the generated ids.
    SortedMap<String, Tensor> file = place.client.job(session.job().id()).await();
    assertThat(file.keySet()).hasSize(2);
    assertThat(file.keySet()).contains("run.1.ids.0.0");
  }

  @Test
  void aRunHappensIfAValueOfAnEarlierOneSaysSo() {
    for (boolean wanted : new boolean[] {true, false}) {
      List<Saved<Vocab>> saved = new ArrayList<>();
      gpt2.at(place.remote)
          .session(
              session -> {
                Value<?> truth;
                try (Generator<Gpt2> first = session.trace()) {
                  truth =
                      first.invoke(
                          TEXT,
                          invoker -> {
                            Value<?> norm = invoker.model().transformer().h(0).output(0).norm();
                            return wanted ? norm.gt(0) : norm.lt(0);
                          });
                }
                session.when(
                    truth,
                    () -> {
                      try (Generator<Gpt2> second = session.trace()) {
                        saved.add(second.invoke(TEXT, invoker -> invoker.model().output().save()));
                      }
                    });
                return session;
              });
      if (wanted) {
        assertThat(saved.get(0).value()).isEqualTo(logits(TEXT));
      } else {
        RunException absent = assertThrows(RunException.class, () -> saved.get(0).value());
        assertThat(absent).hasMessageThat().contains("the condition of when(...) was false");
      }
    }
  }

  private static Tensor logits(String text) {
    return gpt2.trace(text, model -> model.output().save()).value();
  }

  @Test
  void aSessionThatIsNotWaitedFor() throws Exception {
    Session<Gpt2> session = gpt2.at(place.remote.nonBlocking()).session();
    List<Saved<?>> saved = patched(session);
    session.close();
    RunException early = assertThrows(RunException.class, () -> saved.get(0).value());
    assertThat(early).hasMessageThat().contains("wait for it by job().await()");
    session.job().future().get(60, TimeUnit.SECONDS);
    assertThat(saved.get(0).value())
        .isEqualTo(gpt2.session(RemoteSessionsTest::patched).get(0).value());
  }

  @Test
  void aFailureInOneRunFailsTheSessionWithTheLine() {
    List<Saved<?>> saved = new ArrayList<>();
    RemoteException failure =
        assertThrows(
            RemoteException.class,
            () ->
                gpt2.at(place.remote)
                    .session(
                        session -> {
                          saved.addAll(patched(session));
                          Generator<Gpt2> third = session.trace();
                          third.invoke(
                              TEXT,
                              invoker ->
                                  invoker.model().transformer().h(0).output(0).at(20).save());
                          third.close();
                          return session;
                        }));
    assertThat(failure).hasMessageThat().contains("RemoteSessionsTest.java:");
    RunException absent = assertThrows(RunException.class, () -> saved.get(0).value());
    assertThat(absent).hasMessageThat().contains("the run at the server gave no result");
  }

  @Test
  void oneRunOfASessionIsNotSentAlone() {
    Session<Gpt2> session = gpt2.at(place.remote).session();
    Generator<Gpt2> generator = session.trace();
    generator.invoke(TEXT).close();
    RunException refused = assertThrows(RunException.class, generator::submit);
    assertThat(refused).hasMessageThat().contains("when the session closes");
    RunException none = assertThrows(RunException.class, session::job);
    assertThat(none).hasMessageThat().contains("no session was sent");
  }

  @Test
  void aPreparedRunOnOtherInputs() {
    Prepared<Saved<Vocab>> prepared =
        gpt2.at(place.remote)
            .prepare(
                TraceOptions.defaults(),
                generator -> {
                  try (var invoker = generator.input()) {
                    return invoker.model().output().save();
                  }
                });
    for (String text : List.of(TEXT, "The capital of Japan is")) {
      assertThat(prepared.run(text).value(prepared.recorded())).isEqualTo(logits(text));
    }
    var generating =
        gpt2.at(place.remote)
            .prepare(
                maxNewTokens(2),
                generator -> {
                  generator.input().close();
                  return generator;
                });
    assertThat(generating.run(TEXT).output().text(0)).contains("Paris");
  }

  @Test
  void editsTravelWithTheRun() {
    try (LanguageModel<Gpt2> edited =
        gpt2.with(
            gpt2.edit(
                invoker -> {
                  var mlp = invoker.model().transformer().h(2).mlp().output();
                  mlp.set(mlp.mul(0));
                }))) {
      Saved<Vocab> here = edited.trace(TEXT, model -> model.output().save());
      Saved<Vocab> there = edited.at(place.remote).trace(TEXT, model -> model.output().save());
      assertThat(there.value()).isEqualTo(here.value());
      assertThat(there.value()).isNotEqualTo(logits(TEXT));
    }
  }

  @Test
  void aLongRunReportsItsProgressAndEndsWhenCancelled() throws Exception {
    Generator<Gpt2> generator =
        gpt2.at(place.remote.nonBlocking())
            .generate(maxNewTokens(110).minNewTokens(110).numBeams(100));
    generator.invoke("The").close();
    generator.close();
    List<String> heard = new ArrayList<>();
    var job =
        place
            .client
            .job(generator.job().id())
            .watchedBy(
                new Watcher() {
                  @Override
                  public void progress(String id, long done, long total, String text) {
                    heard.add(text);
                    if (heard.size() == 1) {
                      generator.job().cancel();
                    }
                  }
                });
    RemoteException ended = assertThrows(RemoteException.class, job::awaitEnd);
    assertThat(ended).hasMessageThat().contains("cancelled");
    assertThat(heard.get(0)).containsMatch("pass \\d+ of at most 110");
    assertThat(generator.job().status()).isEqualTo(JobStatus.CANCELLED);
    assertThat(gpt2.at(place.remote).trace(TEXT, model -> model.output().save()).value())
        .isEqualTo(logits(TEXT));
  }
}
