package org.nnsight4j.toolkit.sae;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.attach.SparseAutoencoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.Cost;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Ordered;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * What a sparse autoencoder finds in a prompt, at the place that its file names: the most active
 * features of each token, how many are active, and how much of the value the reconstruction
 * explains.
 *
 * <pre>{@code
 * SaeFeatures features = SaeFeatures.of(model, SparseAutoencoder.open(folder)).topK(5);
 * SaeFeaturesResult found = features.run("The Eiffel Tower");
 * features.ablate("The Eiffel Tower is in the city of", " Paris", 12, 345);
 * }</pre>
 *
 * <p>Ablation keeps what the autoencoder does not explain: the model continues with {@code x +
 * (decode(features without some) - decode(features))}, so that a feature that is not active changes
 * no bit. Immutable.
 */
public final class SaeFeatures {
  private static final String CALL = "toolkit_sae";
  private static final String WITHOUT = "toolkit_sae_without";

  private final LanguageModel<?> model;
  private final SparseAutoencoder sae;
  private final int top;

  private SaeFeatures(LanguageModel<?> model, SparseAutoencoder sae, int top) {
    this.model = model;
    this.sae = sae;
    this.top = top;
  }

  /** An autoencoder or transcoder of a model; {@link SparseAutoencoder#at} says its place. */
  public static SaeFeatures of(LanguageModel<?> model, SparseAutoencoder sae) {
    Passes.places(model);
    return new SaeFeatures(model, sae, Math.min(5, sae.featureCount()));
  }

  /** How many features of each token to keep. */
  public SaeFeatures topK(int k) {
    if (k < 1 || k > sae.featureCount()) {
      throw new RunException(
          "expected topK from 1 to the autoencoder's %s features, found %s"
              .formatted(sae.featureCount(), k));
    }
    return new SaeFeatures(model, sae, k);
  }

  /** What {@link #run(String)} will do. */
  public Cost cost(String prompt) {
    long tokens = PromptTokens.of(model, prompt).length();
    return Cost.of(1, tokens, tokens * (top * 12L + 16));
  }

  /** What is kept. */
  record Found(
      Saved<Axis> values,
      Saved<Axis> ids,
      Saved<Axis> active,
      Saved<Axis> error,
      Saved<Axis> variance) {}

  /** Runs on a text. */
  public SaeFeaturesResult run(String prompt) {
    return over(PromptTokens.of(model, prompt));
  }

  /** Runs on token ids. */
  public SaeFeaturesResult run(long[] prompt) {
    return over(PromptTokens.of(model, prompt));
  }

  private SaeFeaturesResult over(PromptTokens prompt) {
    Found found =
        Passes.invoking(model, List.of(prompt.ids()), (invoker, row) -> record(invoker)).get(0);
    return new SaeFeaturesResult(place(), prompt, top, found);
  }

  private String place() {
    return sae.hook().orElse("its place");
  }

  private Found record(Invoker<?> invoker) {
    Decoder view = Decoder.of(invoker.model());
    Value<Axis> input = sae.input(view);
    Value<Axis> rebuilt = invoker.call(CALL, sae, input);
    Value<Axis> wanted = sae.outputHook().<Value<Axis>>map(view::hook).orElse(input);
    Value<Axis> features = invoker.point(CALL + ".features");
    Ordered.TopK best = features.topK(top, -1);
    Value<Axis> centred = wanted.sub(wanted.mean(1, true));
    return new Found(
        best.values().save(),
        best.indices().save(),
        features.neq(0).countNonzero(-1).save(),
        wanted.sub(rebuilt).square().sum().save(),
        centred.square().sum().save());
  }

  /**
   * What the last token's logit of an answer loses when features are set to 0 at all tokens, each
   * alone and all together.
   *
   * @param answer a text of one token
   * @param features their indices
   */
  public SaeAblationResult ablate(String prompt, String answer, int... features) {
    return ablate(PromptTokens.of(model, prompt), Answer.of(model, answer), features);
  }

  /** {@link #ablate(String, String, int...)} on token ids. */
  public SaeAblationResult ablate(long[] prompt, long answer, int... features) {
    return ablate(PromptTokens.of(model, prompt), Answer.of(model, answer), features);
  }

  private SaeAblationResult ablate(PromptTokens prompt, Answer answer, int... features) {
    if (features.length == 0) {
      throw new RunException("expected a feature or more to ablate, found none");
    }
    int count = sae.featureCount();
    for (int feature : features) {
      if (feature < 0 || feature >= count) {
        throw new RunException(
            "feature %s does not exist: the autoencoder has %s, so 0 to %s"
                .formatted(feature, count, count - 1));
      }
    }
    List<long[]> rows = new ArrayList<>();
    for (int i = 0; i < features.length + 2; i++) {
      rows.add(prompt.ids());
    }
    List<Saved<Axis>> logits =
        Passes.invoking(
            model,
            rows,
            (invoker, row) -> {
              if (row > features.length) {
                remove(invoker, row, features);
              } else if (row > 0) {
                remove(invoker, row, features[row - 1]);
              }
              return Passes.any(Decoder.of(invoker.model()).logits().at(-1))
                  .get("0, " + answer.id())
                  .save();
            });
    double[] effects = new double[features.length];
    double clean = logits.get(0).value().item();
    for (int i = 0; i < effects.length; i++) {
      effects[i] = logits.get(i + 1).value().item() - clean;
    }
    return new SaeAblationResult(
        place(),
        answer,
        features.clone(),
        clean,
        effects,
        logits.get(features.length + 1).value().item() - clean);
  }

  private void remove(Invoker<?> invoker, int row, int... features) {
    Decoder view = Decoder.of(invoker.model());
    Value<Axis> input = sae.input(view);
    Value<Axis> rebuilt = invoker.call(CALL + row, sae, input);
    Value<Axis> less = invoker.call(WITHOUT + row, sae, input);
    for (int feature : features) {
      invoker.point(WITHOUT + row + ".features").get("..., " + feature).set(0);
    }
    @Nullable String output = sae.outputHook().orElse(null);
    Value<Axis> own = output == null ? input : view.hook(output);
    sae.splice(view, own.add(less.sub(rebuilt)));
  }
}
