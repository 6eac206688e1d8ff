package org.nnsight4j.models.gpt2.nnsight;

import static com.google.common.truth.Truth.assertThat;
import static org.nnsight4j.models.gpt2.nnsight.Suite.GPT2;
import static org.nnsight4j.models.gpt2.nnsight.Suite.MSG;
import static org.nnsight4j.models.gpt2.nnsight.Suite.hidden;
import static org.nnsight4j.models.gpt2.nnsight.Suite.liveArrays;
import static org.nnsight4j.models.gpt2.nnsight.Suite.trace;

import java.lang.ref.WeakReference;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * {@code test_memory_cleanup.py}. What the engine holds is counted, not left to the collector; Java
 * objects are the collector's, as Python's are.
 */
final class MemoryCleanupTest {
  private int before;

  @BeforeAll
  static void load() {
    assertThat(trace(i -> i.model().output().save()).isPresent()).isTrue();
  }

  @BeforeEach
  void count() {
    before = liveArrays();
  }

  private void assertNothingLeft() {
    assertThat(liveArrays()).isEqualTo(before);
  }

  @Test
  void modelFreedAfterTraceAndDelete() {
    LanguageModel<Gpt2> model = EmbeddedGpt2.open().as(Gpt2.class);
    Saved<Hidden> saved = model.trace(MSG, m -> hidden(m, 1).save());
    assertThat(liveArrays()).isGreaterThan(before);
    model.close();
    assertNothingLeft();
    assertThat(saved.value().rank()).isEqualTo(3);
  }

  @Test
  void modelFreedWithoutTrace() {
    LanguageModel<Gpt2> model = EmbeddedGpt2.open().as(Gpt2.class);
    assertThat(model.blueprint().sites()).isNotEmpty();
    assertNothingLeft();
    model.close();
    assertNothingLeft();
  }

  /** A copy with edits shares the weights: it neither loads nor frees them. */
  @Test
  void layerFreedAfterModelDelete() {
    try (LanguageModel<Gpt2> copy = GPT2.with(GPT2.edit(i -> hidden(i.model(), 1).set(0)))) {
      Saved<Hidden> saved = copy.trace(MSG, m -> hidden(m, 1).save());
      assertThat(Suite.isZero(saved.value())).isTrue();
      assertNothingLeft();
    }
    assertNothingLeft();
    assertThat(trace(i -> hidden(i.model(), 1).save()).isPresent()).isTrue();
  }

  @Test
  void multipleTracesNoAccumulation() {
    for (int run = 0; run < 20; run++) {
      assertThat(trace(i -> hidden(i.model(), 2).save()).isPresent()).isTrue();
      assertNothingLeft();
    }
  }

  @Test
  void unsavedIntermediateNotRetained() {
    trace(i -> hidden(i.model(), 0).mul(2).add(1).softmax(-1));
    assertNothingLeft();
  }

  /** Each of many results is freed when the next is computed: no more live at the end. */
  @Test
  void unsavedClonesNotRetained() {
    List<Integer> live = new ArrayList<>();
    trace(
        i -> {
          Value<Hidden> value = hidden(i.model(), 0);
          for (int n = 0; n < 30; n++) {
            value = value.mul(1.01).hostCall(tensor -> counted(live, tensor));
          }
          return value.save();
        });
    assertThat(live).hasSize(30);
    assertThat(live.stream().distinct().count()).isEqualTo(1);
    assertNothingLeft();
  }

  private static Tensor counted(List<Integer> live, Tensor tensor) {
    live.add(liveArrays());
    return tensor;
  }

  /** A saved value is plain Java data. */
  @Test
  void onlySavedObjectsAreTensors() {
    Saved<Hidden> saved = trace(i -> hidden(i.model(), 0).save());
    assertThat(saved.value().bytes().isReadOnly()).isTrue();
    assertNothingLeft();
  }

  private static boolean isCollected(WeakReference<?> reference) throws InterruptedException {
    for (int i = 0; i < 50 && reference.get() != null; i++) {
      System.gc();
      Thread.sleep(10);
    }
    return reference.get() == null;
  }

  @Test
  void savedTensorFreedOnDelete() throws Exception {
    WeakReference<Tensor> tensor =
        new WeakReference<>(trace(i -> hidden(i.model(), 0).save()).value());
    assertThat(isCollected(tensor)).isTrue();
  }

  @Test
  void multipleSavedTensorsFreedIndependently() throws Exception {
    record Two(Saved<Hidden> one, Saved<Hidden> other) {}
    Two two = trace(i -> new Two(hidden(i.model(), 0).save(), hidden(i.model(), 1).save()));
    WeakReference<Tensor> one = new WeakReference<>(two.one().value());
    Tensor other = two.other().value();
    two = null;
    assertThat(isCollected(one)).isTrue();
    assertThat(other.rank()).isEqualTo(3);
  }

  @Test
  void savedTensorInListFreed() throws Exception {
    List<Saved<Hidden>> list = new ArrayList<>();
    list.add(trace(i -> hidden(i.model(), 0).save()));
    WeakReference<Tensor> tensor = new WeakReference<>(list.get(0).value());
    list.clear();
    assertThat(isCollected(tensor)).isTrue();
  }

  /** A run's own machinery goes with the run, the model's with the model. */
  @Test
  void interleaverFreedWithWrapper() throws Exception {
    LanguageModel<Gpt2> model = EmbeddedGpt2.open().as(Gpt2.class);
    assertThat(model.trace(MSG, m -> hidden(m, 0).save()).isPresent()).isTrue();
    model.close();
    WeakReference<LanguageModel<Gpt2>> reference = new WeakReference<>(model);
    model = null;
    assertThat(isCollected(reference)).isTrue();
  }

  /** A stop in the first run of a session: what it handed on is freed with it. */
  @Test
  void bridgedNodeCleanup() {
    List<Saved<Hidden>> saved =
        GPT2.session(
            session -> {
              Generator<Gpt2> first = session.trace();
              Value<Hidden> hidden =
                  first.invoke(
                      MSG,
                      i -> {
                        Value<Hidden> read = hidden(i.model(), 0);
                        i.stop();
                        return read;
                      });
              first.close();
              Generator<Gpt2> second = session.trace();
              List<Saved<Hidden>> two =
                  second.invoke(
                      MSG,
                      i -> {
                        hidden(i.model(), 1).set(hidden);
                        return List.of(hidden(i.model(), 1).save());
                      });
              second.close();
              return two;
            });
    assertThat(saved.get(0).isPresent()).isTrue();
    assertNothingLeft();
  }

  /** The generator, its recording, graph and invokers. */
  @Test
  void tracerFreedAfterTrace() throws Exception {
    WeakReference<Generator<Gpt2>> generator = new WeakReference<>(ran(false));
    assertThat(isCollected(generator)).isTrue();
  }

  @Test
  void tracerFreedAfterEarlyStop() throws Exception {
    WeakReference<Generator<Gpt2>> generator = new WeakReference<>(ran(true));
    assertThat(isCollected(generator)).isTrue();
    assertNothingLeft();
  }

  private static Generator<Gpt2> ran(boolean stop) {
    Generator<Gpt2> generator = GPT2.trace();
    generator.invoke(
        MSG,
        i -> {
          hidden(i.model(), 0).set(0);
          Saved<Hidden> saved = hidden(i.model(), 0).save();
          if (stop) {
            i.stop();
          }
          return saved;
        });
    generator.close();
    return generator;
  }

  /** A saved value that is kept does not keep the run, nor the other way round. */
  @Test
  void tracerNoReferenceToSavedTensors() throws Exception {
    Generator<Gpt2> generator = GPT2.trace();
    Saved<Hidden> saved = generator.invoke(MSG, i -> hidden(i.model(), 0).save());
    generator.close();
    WeakReference<Generator<Gpt2>> run = new WeakReference<>(generator);
    generator = null;
    assertThat(isCollected(run)).isTrue();
    assertThat(saved.value().rank()).isEqualTo(3);
  }

  @Test
  void tracerFreedWithModifications() {
    trace(
        i -> {
          for (int layer = 0; layer < 4; layer++) {
            Value<Hidden> hidden = hidden(i.model(), layer);
            hidden.set(hidden.mul(1.5));
            hidden(i.model(), layer).at(-1).set(0);
          }
          return i;
        });
    assertNothingLeft();
  }

  @Test
  void multipleTracersFreed() throws Exception {
    List<WeakReference<?>> runs = new ArrayList<>();
    for (int run = 0; run < 5; run++) {
      runs.add(new WeakReference<>(ran(false)));
    }
    for (WeakReference<?> run : runs) {
      assertThat(isCollected(run)).isTrue();
    }
  }

  @Test
  void nestedSessionTracerFreed() throws Exception {
    List<WeakReference<?>> runs = new ArrayList<>();
    GPT2.session(
        session -> {
          Generator<Gpt2> generator = session.trace();
          runs.add(new WeakReference<>(generator));
          runs.add(new WeakReference<>(session));
          Saved<Hidden> saved = generator.invoke(MSG, i -> hidden(i.model(), 0).save());
          generator.close();
          return saved;
        });
    for (WeakReference<?> run : runs) {
      assertThat(isCollected(run)).isTrue();
    }
  }

  @Test
  void sessionValuesFreedAfterSession() {
    crossTrace();
    assertNothingLeft();
  }

  /** Between the runs of a session a value waits on the host. */
  @Test
  void crossTraceValuesFreed() {
    for (int run = 0; run < 10; run++) {
      crossTrace();
      assertNothingLeft();
    }
  }

  private static void crossTrace() {
    GPT2.session(
        session -> {
          Generator<Gpt2> first = session.trace();
          Value<Hidden> hidden = first.invoke(MSG, i -> hidden(i.model(), 0));
          first.close();
          Generator<Gpt2> second = session.trace();
          Saved<Hidden> saved =
              second.invoke(
                  MSG,
                  i -> {
                    hidden(i.model(), 1).set(hidden);
                    return hidden(i.model(), 1).save();
                  });
          second.close();
          return saved;
        });
  }

  @Test
  void manyTracesNoLeak() {
    for (int run = 0; run < 200; run++) {
      int layer = run % 4;
      trace(i -> hidden(i.model(), layer).save());
    }
    assertNothingLeft();
  }

  @Test
  void largeTensorFreed() {
    Tensor large = Tensor.of(new float[4_000_000], 2000, 2000);
    trace(i -> i.model().output().constant(large).sum().save());
    assertNothingLeft();
  }

  @Test
  void repeatedWrapperCreationNoLeak() {
    for (int run = 0; run < 5; run++) {
      try (LanguageModel<Gpt2> model = EmbeddedGpt2.open().as(Gpt2.class)) {
        assertThat(model.trace(MSG, m -> hidden(m, 0).save()).isPresent()).isTrue();
      }
      assertNothingLeft();
    }
  }

  /** A gradient is a value as any other: nothing of its graph stays. */
  @Test
  void tensorWithGradFnRetainsReferences() {
    Saved<Hidden> gradient =
        trace(i -> hidden(i.model(), 0).gradient(i.model().output().sum()).save());
    assertNothingLeft();
    assertThat(Suite.isZero(gradient.value())).isFalse();
  }

  @Test
  void tensorWithoutGradFnFreesCleanly() {
    Saved<Hidden> saved =
        trace(
            i -> {
              assertThat(hidden(i.model(), 0).gradient(i.model().output().sum())).isNotNull();
              return hidden(i.model(), 1).save();
            });
    assertThat(saved.isPresent()).isTrue();
    assertNothingLeft();
  }
}
