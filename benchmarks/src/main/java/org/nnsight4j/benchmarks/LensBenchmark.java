package org.nnsight4j.benchmarks;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.models.gpt2.Gpt2Model;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** The logit lens over all layers and positions, recorded each time. */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls open() first.
public class LensBenchmark {
  private static final int TOKENS = 16;
  private static final int LAYERS = 12;

  @Param({"gpt2"})
  String model = "";

  private LanguageModel<Gpt2> opened;
  private long[] ids;
  private double last;

  /** Opens the checkpoint; the first run loads the weights. */
  @Setup
  public void open() {
    opened = LanguageModel.open(new Gpt2Model(), Inputs.checkpoint(model));
    ids = Inputs.ids(model, TOKENS);
  }

  /** The likeliest token of each layer and position, and its probability. */
  @Benchmark
  public void lens() {
    Saved<?> best;
    Saved<?> places;
    try (Generator<Gpt2> generator = opened.trace()) {
      try (Invoker<Gpt2> invoker = generator.invoke(ids)) {
        Gpt2 gpt2 = invoker.model();
        List<Value<Hidden>> layers = new ArrayList<>();
        for (int layer = 0; layer < LAYERS; layer++) {
          layers.add(gpt2.transformer().h(layer).output(0));
        }
        // One product for all layers: its time is in reading the matrix.
        Value<Hidden> together = Value.concat(layers, 0).as(Hidden.class);
        Value<Vocab> logits = gpt2.lmHead().apply(gpt2.transformer().lnF().apply(together));
        Value<Vocab> probabilities = logits.softmax(-1);
        best = probabilities.max(-1).save();
        places = probabilities.argMax(-1).save();
      }
      generator.run();
    }
    last = best.value().get(LAYERS - 1, TOKENS - 1);
    if (places.value().size() != LAYERS * TOKENS) {
      throw new IllegalStateException("expected a token for each place, found " + places.value());
    }
  }

  /** Tells the last probability. */
  @TearDown
  public void close() {
    Inputs.gave(last);
    opened.close();
  }
}
