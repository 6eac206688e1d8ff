package org.nnsight4j.benchmarks;

import java.util.ArrayList;
import java.util.List;
import java.util.function.Function;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Prepared;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2Model;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * What recording, planning and the driver add to the forward pass of the tiny shape. The runs of
 * one invocation follow each other, so that their differences mean something on a machine whose
 * speed varies.
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls open() first.
public class TraceBenchmark {
  private static final int LAYERS = 12;
  private static final TraceOptions WHOLE = new TraceOptions(true);

  private final long[] ids = Inputs.ids("tiny", 16);
  private LanguageModel<Gpt2> opened;
  private BareForward bare;
  private Overwritten overwritten;
  private Prepared<Saved<?>> prepared;
  private double last;

  /** The nanoseconds of each kind of run. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Nanoseconds {
    public long bare;
    public long cut;
    public long reused;
    public long recorded;
    public long reads;
    public long writes;
  }

  /** Loads the weights, and runs nothing that is measured. */
  @Setup
  public void open() {
    opened = LanguageModel.open(new Gpt2Model(), Inputs.checkpoint("tiny"));
    bare = new BareForward("tiny", opened.blueprint());
    bare.run(ids);
    overwritten = new Overwritten(opened.blueprint(), LAYERS);
    prepared =
        opened.prepare(
            WHOLE,
            generator -> {
              try (Invoker<Gpt2> invoker = generator.input()) {
                return one(invoker.model());
              }
            });
  }

  private static Saved<?> one(Gpt2 model) {
    return model.transformer().h(6).output(0).save();
  }

  private static Saved<?> reads(Gpt2 model) {
    List<Saved<?>> saved = new ArrayList<>();
    for (int layer = 0; layer < LAYERS; layer++) {
      saved.add(model.transformer().h(layer).output(0).save());
    }
    return saved.get(6);
  }

  private static Saved<?> writes(Gpt2 model) {
    Value<Hidden> embedded = model.transformer().drop().output();
    for (int layer = 0; layer < LAYERS; layer++) {
      model.transformer().h(layer).output(0).set(embedded);
    }
    return one(model);
  }

  private double recorded(Function<Gpt2, Saved<?>> body) {
    try (Generator<Gpt2> generator = opened.trace(WHOLE)) {
      Saved<?> saved;
      try (Invoker<Gpt2> invoker = generator.invoke(ids)) {
        saved = body.apply(invoker.model());
      }
      generator.run();
      return saved.value().get(0, 0, 5);
    }
  }

  /** One run of each kind. */
  @Benchmark
  public void each(Nanoseconds spent) {
    long begin = System.nanoTime();
    bare.run(ids);
    long first = System.nanoTime();
    last = prepared.run(ids).value(prepared.recorded()).get(0, 0, 5);
    long second = System.nanoTime();
    last = recorded(TraceBenchmark::one);
    long third = System.nanoTime();
    last = recorded(TraceBenchmark::reads);
    long fourth = System.nanoTime();
    last = recorded(TraceBenchmark::writes);
    long fifth = System.nanoTime();
    bare.run(new long[][] {ids}, overwritten);
    long sixth = System.nanoTime();
    spent.bare += first - begin;
    spent.reused += second - first;
    spent.recorded += third - second;
    spent.reads += fourth - third;
    spent.writes += fifth - fourth;
    spent.cut += sixth - fifth;
  }

  /** A trace that saves one value, recorded each time. */
  @Benchmark
  public void trace() {
    last = recorded(TraceBenchmark::one);
  }

  /** Tells a number of the last trace of one value. */
  @TearDown
  public void close() {
    Inputs.gave(recorded(TraceBenchmark::one));
    bare.close();
    opened.close();
  }
}
