package org.nnsight4j.toolkit.patching;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Options;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * Patchscopes (Ghandeharioun et al. 2024): what does a vector of one prompt say when the model
 * reads it inside of another prompt? The residual stream after each layer, at one position of the
 * source, is put into a position of the target, after the same layer or after one that you name,
 * and the model continues the target.
 *
 * <pre>{@code
 * Patchscope.of(gpt2).position(-1).targetPosition(-1).maxNewTokens(3)
 *     .run("The Eiffel Tower is in the city of", "The Colosseum is in the city of");
 * }</pre>
 *
 * <p>Vectors of one layer may be too long or too short for another. Greedy; one pass over the
 * source, one generation with a row for each layer. Immutable.
 */
public final class Patchscope {
  private final LanguageModel<?> model;
  private final int position;
  private final int targetPosition;
  private final @Nullable Integer targetLayer;
  private final int newTokens;

  private Patchscope(
      LanguageModel<?> model,
      int position,
      int targetPosition,
      @Nullable Integer targetLayer,
      int newTokens) {
    this.model = model;
    this.position = position;
    this.targetPosition = targetPosition;
    this.targetLayer = targetLayer;
    this.newTokens = newTokens;
  }

  /** From last token to last token, after the same layer, with 5 new tokens. */
  public static Patchscope of(LanguageModel<?> model) {
    Passes.places(model);
    return new Patchscope(model, -1, -1, null, 5);
  }

  /** The position in the source: from 0, or from -1 backwards. */
  public Patchscope position(int at) {
    return new Patchscope(model, at, targetPosition, targetLayer, newTokens);
  }

  /** The position in the target: from 0, or from -1 backwards. */
  public Patchscope targetPosition(int at) {
    return new Patchscope(model, position, at, targetLayer, newTokens);
  }

  /** One layer of the target for vectors of all layers: from 0, or from -1 backwards. */
  public Patchscope targetLayer(int layer) {
    return new Patchscope(model, position, targetPosition, Passes.layer(model, layer), newTokens);
  }

  /** How many tokens to generate. */
  public Patchscope maxNewTokens(int count) {
    if (count < 1) {
      throw new RunException("expected a new token or more, found " + count);
    }
    return new Patchscope(model, position, targetPosition, targetLayer, count);
  }

  /** What {@link #run(String, String)} will do. */
  public Cost cost(String source, String target) {
    int layers = Passes.layers(model);
    long from = PromptTokens.of(model, source).length();
    long to = PromptTokens.of(model, target).length() + newTokens - 1L;
    return Cost.of(
        1L + (long) layers * newTokens, from + layers * to, 4L * layers * Passes.width(model));
  }

  /** Runs on two texts, which may have different lengths. */
  public PatchscopeResult run(String source, String target) {
    return over(PromptTokens.of(model, source), PromptTokens.of(model, target));
  }

  /** Runs on the token ids of two prompts. */
  public PatchscopeResult run(long[] source, long[] target) {
    return over(PromptTokens.of(model, source), PromptTokens.of(model, target));
  }

  private PatchscopeResult over(PromptTokens source, PromptTokens target) {
    int from = source.position(position);
    int to = target.position(targetPosition);
    int layers = Passes.layers(model);
    List<Saved<Axis>> saved =
        Passes.trace(
            model,
            source.ids(),
            view -> {
              List<Saved<Axis>> all = new ArrayList<>();
              for (int layer = 0; layer < layers; layer++) {
                all.add(Passes.any(view.layer(layer).output().at(from)).save());
              }
              return all;
            });
    List<Tensor> vectors = saved.stream().map(Saved::value).toList();
    return new PatchscopeResult(
        source, target, from, to, Passes.layerNames(model), texts(model, target, to, vectors));
  }

  private <M> List<String> texts(
      LanguageModel<M> of, PromptTokens target, int to, List<Tensor> vectors) {
    List<String> texts = new ArrayList<>();
    try (Generator<M> generator = of.generate(Options.maxNewTokens(newTokens))) {
      for (int layer = 0; layer < vectors.size(); layer++) {
        try (Invoker<M> invoker = generator.invoke(target.ids())) {
          Decoder view = Decoder.of(invoker.model());
          int place = targetLayer == null ? layer : targetLayer;
          Value<Axis> own = Passes.any(view.layer(place).output().at(to));
          own.set(own.constant(vectors.get(layer)));
        }
      }
      generator.run();
      for (int layer = 0; layer < vectors.size(); layer++) {
        texts.add(generator.output().newText(layer));
      }
    }
    return texts;
  }
}
