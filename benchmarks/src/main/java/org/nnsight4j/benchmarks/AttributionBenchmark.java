package org.nnsight4j.benchmarks;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.models.gpt2.Gpt2Model;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;
import org.openjdk.jmh.annotations.AuxCounters;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Attribution patching at the residual stream before each layer, each head and each MLP, of the
 * prompts of the sweep, in turn with one forward pass of half of them: those without corruption.
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls open() first.
public class AttributionBenchmark {
  private LanguageModel<Gpt2> opened;
  private BareForward bare;
  private double last;

  /** The nanoseconds of each kind of run. */
  @State(Scope.Thread)
  @AuxCounters(AuxCounters.Type.EVENTS)
  public static class Nanoseconds {
    public long attributed;
    public long forward;
    public long nothing;
  }

  /** Opens the checkpoint; the first run loads the weights. */
  @Setup
  public void open() {
    opened = LanguageModel.open(new Gpt2Model(), Inputs.checkpoint("gpt2"));
    bare = new BareForward("gpt2", opened.blueprint());
  }

  private static List<Value<?>> places(Decoder view) {
    List<Value<?>> places = new ArrayList<>();
    for (int i = 0; i < view.layerCount(); i++) {
      places.add(view.layer(i).input());
      places.add(view.layer(i).attention().z());
      places.add(view.layer(i).mlpOut());
    }
    return places;
  }

  private List<Tensor> clean() {
    List<Saved<?>> saved = new ArrayList<>();
    try (Generator<Gpt2> generator = opened.trace()) {
      long[][] rows = Inputs.rows("gpt2", Inputs.SWEEP_ROWS, Inputs.SWEEP_TOKENS);
      try (Invoker<Gpt2> invoker = generator.invoke(rows)) {
        places(Decoder.of(invoker.model())).forEach(place -> saved.add(place.save()));
      }
      generator.run();
    }
    List<Tensor> values = new ArrayList<>();
    saved.forEach(each -> values.add(each.value()));
    return values;
  }

  /** The effect of each place, head by head, for each prompt and position. */
  private List<Saved<?>> effects(List<Tensor> clean) {
    List<Saved<?>> effects = new ArrayList<>();
    try (Generator<Gpt2> generator = opened.trace()) {
      try (Invoker<Gpt2> invoker = generator.invoke(Inputs.corrupted())) {
        List<Value<?>> places = places(Decoder.of(invoker.model()));
        Value<Vocab> logits = invoker.model().output().get(":, -1");
        Value<?> metric = logits.get(":, 100").sub(logits.get(":, 200")).sum();
        for (int i = 0; i < places.size(); i++) {
          effects.add(effect(places.get(i), metric, clean.get(i)));
        }
      }
      generator.run();
    }
    return effects;
  }

  private static <A> Saved<?> effect(Value<A> place, Value<?> metric, Tensor clean) {
    Value<A> change = place.constant(clean).sub(place);
    return place.gradient(metric).mul(change).sum(-1).save();
  }

  /** One of each. */
  @Benchmark
  public void each(Nanoseconds spent) {
    long begin = System.nanoTime();
    bare.run(Inputs.rows("gpt2", Inputs.SWEEP_ROWS, Inputs.SWEEP_TOKENS));
    long middle = System.nanoTime();
    List<Saved<?>> effects = effects(clean());
    last = effects.get(effects.size() - 1).value().at(0);
    long end = System.nanoTime();
    spent.forward += middle - begin;
    spent.attributed += end - middle;
  }

  /** Tells the estimate of the last cell. */
  @TearDown
  public void close() {
    Inputs.gave(last);
    bare.close();
    opened.close();
  }
}
