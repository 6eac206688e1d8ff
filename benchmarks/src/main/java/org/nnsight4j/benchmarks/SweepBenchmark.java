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
import org.nnsight4j.sweep.Metrics;
import org.nnsight4j.sweep.SweepResult;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/**
 * Activation patching of the residual stream at 12 layers and 15 positions, 8 prompts in a batch:
 * planned as one sweep, and as a loop of traces, of which every 12th cell stands for all, as in
 * Python.
 */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls open() first.
public class SweepBenchmark {
  private static final int LAYERS = 12;
  private static final int FIRST = 11;
  private static final int EVERY = 12;

  private LanguageModel<Gpt2> opened;
  private double last;

  /** Opens the checkpoint; the first run loads the weights. */
  @Setup
  public void open() {
    opened = LanguageModel.open(new Gpt2Model(), Inputs.checkpoint("gpt2"));
  }

  /** The cells that stand for all, one trace each. */
  @Benchmark
  public void loop() {
    List<Tensor> sources = sources();
    for (int cell = FIRST; cell < LAYERS * Inputs.SWEEP_TOKENS; cell += EVERY) {
      int layer = cell / Inputs.SWEEP_TOKENS;
      int position = cell % Inputs.SWEEP_TOKENS;
      String place = ":, %s, :".formatted(position);
      try (Generator<Gpt2> generator = opened.trace()) {
        Saved<?> score;
        try (Invoker<Gpt2> invoker = generator.invoke(Inputs.corrupted())) {
          Gpt2 gpt2 = invoker.model();
          Value<Hidden> residual = gpt2.transformer().h(layer).output(0);
          Value<Hidden> source = residual.constant(sources.get(layer));
          residual.get(place).set(source.get(place));
          Value<Vocab> logits = gpt2.output().get(":, -1, :");
          score = logits.get(":, 100").sub(logits.get(":, 200")).mean().save();
        }
        generator.run();
        last = score.value().at(0);
      }
    }
  }

  private List<Tensor> sources() {
    List<Saved<Hidden>> saved = new ArrayList<>();
    try (Generator<Gpt2> generator = opened.trace()) {
      long[][] clean = Inputs.rows("gpt2", Inputs.SWEEP_ROWS, Inputs.SWEEP_TOKENS);
      try (Invoker<Gpt2> invoker = generator.invoke(clean)) {
        for (int layer = 0; layer < LAYERS; layer++) {
          saved.add(invoker.model().transformer().h(layer).output(0).save());
        }
      }
      generator.run();
    }
    return saved.stream().map(Saved::value).toList();
  }

  /** All cells, planned as one. */
  @Benchmark
  public void planned() {
    SweepResult result =
        opened
            .sweep(Inputs.rows("gpt2", Inputs.SWEEP_ROWS, Inputs.SWEEP_TOKENS), Inputs.corrupted())
            .at(SweepSite.RESID_POST)
            .denoise()
            .metric("difference", Metrics.logitDifference(100, 200))
            .plan()
            .run();
    Tensor mean = result.mean("difference");
    last = mean.at((int) mean.size() - 1);
  }

  /** Tells the score of the last cell. */
  @TearDown
  public void close() {
    Inputs.gave(last);
    opened.close();
  }
}
