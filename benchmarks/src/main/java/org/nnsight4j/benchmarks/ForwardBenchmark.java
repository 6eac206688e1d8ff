package org.nnsight4j.benchmarks;

import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** One forward pass over one row, with the logits of all positions. */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls open() first.
public class ForwardBenchmark {
  @Param({"gpt2"})
  String model = "";

  @Param({"16"})
  int tokens;

  private LanguageModel<AnyModel> opened;
  private BareForward bare;
  private long[] ids;

  /** Loads the weights. */
  @Setup
  public void open() {
    opened = LanguageModel.open(Inputs.checkpoint(model));
    bare = new BareForward(model, opened.blueprint());
    ids = Inputs.ids(model, tokens);
  }

  /** The pass. */
  @Benchmark
  public void forward() {
    bare.run(ids);
  }

  /** Tells what the pass gave. */
  @TearDown
  public void close() {
    Inputs.gave(bare.number(ids, 5));
    bare.close();
    opened.close();
  }
}
