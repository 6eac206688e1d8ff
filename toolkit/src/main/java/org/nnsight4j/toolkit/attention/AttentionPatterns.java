package org.nnsight4j.toolkit.attention;

import java.util.ArrayList;
import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Saved;

/**
 * The attention patterns of a prompt: for each layer and head, how much each query takes from each
 * key, {@code softmax(scores)}.
 *
 * <pre>{@code
 * AttentionResult attention = AttentionPatterns.of(gpt2).layers(0, 2).run("The Eiffel Tower is in the city of");
 * attention.weight(2, 3, -1, 1);
 * }</pre>
 *
 * <p>Attention of the layers that are read runs step by step, the others as usual. Immutable.
 */
public final class AttentionPatterns {
  private final LanguageModel<?> model;
  private final List<Integer> layers;

  private AttentionPatterns(LanguageModel<?> model, List<Integer> layers) {
    this.model = model;
    this.layers = List.copyOf(layers);
  }

  /** The patterns of all layers of a decoder. */
  public static AttentionPatterns of(LanguageModel<?> model) {
    return new AttentionPatterns(model, IntStream.range(0, Passes.layers(model)).boxed().toList());
  }

  /** Only these layers: from 0, or from -1 backwards. */
  public AttentionPatterns layers(int... some) {
    if (some.length == 0) {
      throw new RunException("expected a layer or more, found none");
    }
    return new AttentionPatterns(
        model,
        IntStream.of(some)
            .map(layer -> Passes.layer(model, layer))
            .sorted()
            .distinct()
            .boxed()
            .toList());
  }

  /** What {@link #run(String)} will do. */
  public Cost cost(String prompt) {
    return cost(PromptTokens.of(model, prompt));
  }

  private Cost cost(PromptTokens prompt) {
    long bytes = 0;
    for (int layer : layers) {
      bytes +=
          4L
              * Passes.places(model).layers().get(layer).attention().heads()
              * prompt.length()
              * prompt.length();
    }
    return Cost.of(1, prompt.length(), bytes);
  }

  /** Runs on a text. */
  public AttentionResult run(String prompt) {
    return over(PromptTokens.of(model, prompt));
  }

  /** Runs on token ids. */
  public AttentionResult run(long[] prompt) {
    return over(PromptTokens.of(model, prompt));
  }

  private AttentionResult over(PromptTokens prompt) {
    List<Saved<Axis>> saved = Passes.trace(model, prompt.ids(), this::record);
    List<double[][][]> patterns = new ArrayList<>();
    for (Saved<Axis> each : saved) {
      patterns.add(cube(each, prompt.length()));
    }
    return new AttentionResult(model, prompt, layers, patterns);
  }

  private List<Saved<Axis>> record(Decoder view) {
    return layers.stream()
        .map(layer -> Passes.any(view.layer(layer).attention().pattern()).save())
        .toList();
  }

  /** {@code [head][query][key]} of one row. */
  static double[][][] cube(Saved<Axis> pattern, int length) {
    double[] all = pattern.value().toDoubleArray();
    int heads = (int) pattern.value().shape(1);
    double[][][] cube = new double[heads][length][length];
    for (int head = 0; head < heads; head++) {
      for (int query = 0; query < length; query++) {
        System.arraycopy(all, (head * length + query) * length, cube[head][query], 0, length);
      }
    }
    return cube;
  }
}
