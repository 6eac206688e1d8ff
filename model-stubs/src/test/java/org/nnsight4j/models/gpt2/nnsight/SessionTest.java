package org.nnsight4j.models.gpt2.nnsight;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.models.gpt2.nnsight.Suite.GPT2;
import static org.nnsight4j.models.gpt2.nnsight.Suite.MSG;
import static org.nnsight4j.models.gpt2.nnsight.Suite.hidden;
import static org.nnsight4j.models.gpt2.nnsight.Suite.isZero;
import static org.nnsight4j.models.gpt2.nnsight.Suite.trace;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Generator;
import org.nnsight4j.Session;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** {@code test_tiny.py}: TestSession, on GPT-2. */
final class SessionTest {
  private static final String BLANK = "_ _ _ _ _ _ _ _ _";

  @Test
  void crossTraceIntervention() {
    List<Saved<Vocab>> found =
        GPT2.session(
            session -> {
              Generator<Gpt2> first = session.trace();
              List<Saved<Vocab>> logits = new ArrayList<>();
              Value<Hidden> hidden =
                  first.invoke(
                      MSG,
                      i -> {
                        logits.add(i.model().output().save());
                        return hidden(i.model(), -1);
                      });
              first.close();
              Generator<Gpt2> second = session.trace();
              second.invoke(
                  BLANK,
                  i -> {
                    hidden(i.model(), -1).set(hidden);
                    return logits.add(i.model().output().save());
                  });
              second.close();
              return logits;
            });
    assertThat(found.get(1).value()).isEqualTo(found.get(0).value());
  }

  @Test
  void conditionalTrace() {
    record Two(Saved<Hidden> happens, Saved<Hidden> doesNot) {}
    Two found =
        GPT2.session(
            session -> {
              Value<Hidden> hidden = read(session);
              List<Saved<Hidden>> saved = new ArrayList<>();
              session.when(hidden.norm().gt(0), () -> saved.add(saved(session)));
              session.when(hidden.norm().gt(1e9), () -> saved.add(saved(session)));
              return new Two(saved.get(0), saved.get(1));
            });
    assertThat(found.happens().value()).isEqualTo(trace(i -> hidden(i.model(), 1).save()).value());
    RunException error = assertThrows(RunException.class, () -> found.doesNot().value());
    assertThat(error).hasMessageThat().contains("the condition of when(...) was false");
  }

  private static Value<Hidden> read(Session<Gpt2> session) {
    Generator<Gpt2> generator = session.trace();
    Value<Hidden> hidden = generator.invoke(MSG, i -> hidden(i.model(), 0));
    generator.close();
    return hidden;
  }

  private static Saved<Hidden> saved(Session<Gpt2> session) {
    Generator<Gpt2> generator = session.trace();
    Saved<Hidden> saved = generator.invoke(MSG, i -> hidden(i.model(), 1).save());
    generator.close();
    return saved;
  }

  /** What was computed after a read goes over too, also to a run that generates. */
  @Test
  void bridgeProtocol() {
    Generator<Gpt2> generator =
        GPT2.session(
            session -> {
              Generator<Gpt2> first = session.trace();
              Value<Hidden> embeddings =
                  first.invoke(MSG, i -> i.model().transformer().wte().output().mul(2).div(2));
              first.close();
              Generator<Gpt2> second = session.generate(Suite.exactly(3));
              second.invoke(
                  BLANK,
                  i -> {
                    i.model().transformer().wte().output().set(embeddings);
                    return i;
                  });
              second.close();
              return second;
            });
    assertThat(generator.output().newText(0)).isEqualTo(" New York City");
  }

  /** A value of a loop's end, and one of a later step. */
  @Test
  void bridgeFromGeneration() {
    Saved<Hidden> found =
        GPT2.session(
            session -> {
              Generator<Gpt2> first = session.generate(Suite.exactly(3));
              Value<Hidden> second = first.invoke(MSG, i -> hidden(i.step(2), 1));
              first.close();
              Generator<Gpt2> trace = session.trace();
              Saved<Hidden> saved =
                  trace.invoke(
                      MSG,
                      i -> {
                        hidden(i.model(), 1).at(-1).set(second.get(":, -1"));
                        return hidden(i.model(), 1).at(-1).save();
                      });
              trace.close();
              return saved;
            });
    Saved<Hidden> direct =
        Suite.generate(3, i -> hidden(i.step(2), 1).get(":, -1").save()).recorded();
    assertThat(found.value()).isEqualTo(direct.value());
  }

  /** [0, 1, 2, 5]: contexts one after the other, each on its own. */
  @Test
  void sequentialContexts() {
    List<Saved<Hidden>> found =
        GPT2.session(
            session -> {
              List<Saved<Hidden>> all = new ArrayList<>();
              Value<Hidden> before = read(session);
              for (int run = 0; run < 3; run++) {
                Generator<Gpt2> generator = session.trace();
                Value<Hidden> given = before;
                before =
                    generator.invoke(
                        MSG,
                        i -> {
                          hidden(i.model(), 0).set(given.mul(2));
                          all.add(hidden(i.model(), 0).save());
                          return hidden(i.model(), 0);
                        });
                generator.close();
              }
              return all;
            });
    double first = found.get(0).value().get(0, 2, 3);
    assertThat(found.get(1).value().get(0, 2, 3)).isWithin(1e-5).of(2 * first);
    assertThat(found.get(2).value().get(0, 2, 3)).isWithin(1e-5).of(4 * first);
  }

  /** A value of a later run cannot come before it exists. */
  @Test
  void bridgesGoForwardOnly() {
    RecordingException error =
        assertThrows(
            RecordingException.class,
            () ->
                GPT2.session(
                    session -> {
                      Generator<Gpt2> first = session.trace();
                      Generator<Gpt2> second = session.trace();
                      Value<Hidden> late = second.invoke(MSG, i -> hidden(i.model(), 0));
                      return first.invoke(
                          MSG,
                          i -> {
                            hidden(i.model(), 1).set(late);
                            return i;
                          });
                    }));
    assertThat(error).hasMessageThat().contains("SessionTest.java:");
  }

  /** A run that fails ends the session; those before it keep their values. */
  @Test
  void aFailedRunEndsTheSession() {
    List<Saved<Hidden>> saved = new ArrayList<>();
    RunException error =
        assertThrows(
            RunException.class,
            () ->
                GPT2.session(
                    session -> {
                      saved.add(saved(session));
                      Generator<Gpt2> bad = session.trace();
                      bad.invoke(
                          List.of("a b c d e", "a"),
                          i -> saved.add(hidden(i.model(), 1).at(3).save()));
                      saved.add(saved(session));
                      return session;
                    }));
    assertThat(error).hasMessageThat().contains("at(3) is outside row 1");
    assertThat(isZero(saved.get(0).value())).isFalse();
    assertThat(saved.get(2).isPresent()).isFalse();
    RunException late = assertThrows(RunException.class, () -> saved.get(2).value());
    assertThat(late).hasMessageThat().contains("an earlier run of the session failed");
  }
}
