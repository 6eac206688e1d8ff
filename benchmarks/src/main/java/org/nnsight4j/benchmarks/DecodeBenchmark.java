package org.nnsight4j.benchmarks;

import static org.nnsight4j.Options.maxNewTokens;

import java.util.Arrays;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.values.WeightFormat;
import org.openjdk.jmh.annotations.Benchmark;
import org.openjdk.jmh.annotations.Param;
import org.openjdk.jmh.annotations.Scope;
import org.openjdk.jmh.annotations.Setup;
import org.openjdk.jmh.annotations.State;
import org.openjdk.jmh.annotations.TearDown;

/** Greedy decoding after 16 tokens. */
@State(Scope.Benchmark)
@SuppressWarnings("NullAway.Init") // JMH calls open() first.
public class DecodeBenchmark {
  private static final int PROMPT = 16;

  @Param({"gpt2"})
  String model = "";

  @Param({"1"})
  int rows;

  @Param({"48"})
  int tokens;

  @Param({"AS_STORED"})
  WeightFormat weights = WeightFormat.AS_STORED;

  private LanguageModel<AnyModel> opened;
  private long[][] prompts;
  private long[] last = new long[0];

  /** Opens the checkpoint; the first run loads the weights. */
  @Setup
  public void open() {
    opened = LanguageModel.open(Inputs.checkpoint(model), OpenOptions.defaults().weights(weights));
    prompts = Inputs.rows(model, rows, PROMPT);
  }

  /** All tokens of all rows. */
  @Benchmark
  public void decode() {
    try (Generator<AnyModel> generator =
        opened.generate(maxNewTokens(tokens).minNewTokens(tokens).doSample(false))) {
      generator.invoke(prompts).close();
      generator.run();
      last = generator.output().newIds(rows - 1);
    }
  }

  /** Tells which tokens there were. */
  @TearDown
  public void close() {
    Inputs.gave(Arrays.toString(last));
    opened.close();
  }
}
