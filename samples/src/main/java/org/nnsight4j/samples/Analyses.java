package org.nnsight4j.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.attach.LinearProbe;
import org.nnsight4j.attach.SparseAutoencoder;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.attention.AttentionPatterns;
import org.nnsight4j.toolkit.attention.AttentionResult;
import org.nnsight4j.toolkit.attention.HeadKind;
import org.nnsight4j.toolkit.attention.HeadScores;
import org.nnsight4j.toolkit.attention.HeadScoresResult;
import org.nnsight4j.toolkit.attribution.DirectLogitAttribution;
import org.nnsight4j.toolkit.attribution.DirectLogitAttributionResult;
import org.nnsight4j.toolkit.attribution.InputAttribution;
import org.nnsight4j.toolkit.attribution.InputAttributionResult;
import org.nnsight4j.toolkit.figure.Figure;
import org.nnsight4j.toolkit.lens.LogitLens;
import org.nnsight4j.toolkit.lens.LogitLensResult;
import org.nnsight4j.toolkit.patching.ActivationPatching;
import org.nnsight4j.toolkit.patching.ActivationPatchingResult;
import org.nnsight4j.toolkit.patching.AttentionKnockout;
import org.nnsight4j.toolkit.patching.AttributionPatching;
import org.nnsight4j.toolkit.patching.AttributionPatchingResult;
import org.nnsight4j.toolkit.patching.CausalTracing;
import org.nnsight4j.toolkit.patching.CausalTracingResult;
import org.nnsight4j.toolkit.patching.Patchscope;
import org.nnsight4j.toolkit.patching.PatchscopeResult;
import org.nnsight4j.toolkit.probe.LinearProbes;
import org.nnsight4j.toolkit.probe.LinearProbesResult;
import org.nnsight4j.toolkit.sae.SaeFeatures;
import org.nnsight4j.toolkit.sae.SaeFeaturesResult;
import org.nnsight4j.toolkit.steering.DirectionAblation;
import org.nnsight4j.toolkit.steering.DoseResponse;
import org.nnsight4j.toolkit.steering.Steer;
import org.nnsight4j.toolkit.steering.SteeringVector;
import org.nnsight4j.toolkit.steering.SteeringVectors;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** The toolkit's analyses, each in a few lines, on a small GPT-2 that knows where things are. */
public final class Analyses {
  private static final String EIFFEL = "The Eiffel Tower is in the city of";
  private static final List<String> IN_ITALY =
      List.of(
          "The Colosseum is in the city of",
          "The capital of Italy is",
          "The Roman Forum is in the city of",
          "The Trevi Fountain is in the city of",
          "The Pantheon is in the city of");
  private static final List<String> IN_FRANCE =
      List.of(
          EIFFEL,
          "The capital of France is",
          "The Louvre is in the city of",
          "The Arc de Triomphe is in the city of",
          "Notre Dame is in the city of");

  private Analyses() {}

  /** Prints a table of each analysis, and writes its page to the folder {@code target/analyses}. */
  public static void main(String[] args) throws IOException {
    Path folder = Files.createDirectories(Path.of("target", "analyses"));
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      for (Map.Entry<String, Figure> each : figures(gpt2).entrySet()) {
        System.out.println(each.getValue().text(120));
        each.getValue().write(folder.resolve(each.getKey() + ".html"));
      }
      System.out.println(scope(gpt2));
    }
  }

  /** The figure of each analysis by its name. */
  public static Map<String, Figure> figures(LanguageModel<Gpt2> gpt2) {
    Map<String, Figure> figures = new LinkedHashMap<>();
    figures.put("lens", lens(gpt2).figure());
    figures.put("attribution", attribution(gpt2).figure());
    figures.put("tokens", tokens(gpt2).figure());
    figures.put("patching", patching(gpt2).figure());
    figures.put("attention", attention(gpt2).figure());
    figures.put("heads", heads(gpt2).figure());
    figures.put("knockout", knockout(gpt2));
    figures.put("tracing", tracing(gpt2).figure());
    figures.put("steering", steering(gpt2));
    figures.put("probes", probes(gpt2).figure());
    return figures;
  }

  static LogitLensResult lens(LanguageModel<Gpt2> gpt2) {
    // snippet: lens
    LogitLensResult lens = LogitLens.of(gpt2).topK(2).target(" Paris").run(EIFFEL);
    System.out.println(lens.targetRank(1, -1) + " " + lens.targetProbability(1, -1));
    System.out.println(lens); // a table; lens.figure().write(Path.of("lens.html")) is a page
    // end
    return lens;
  }

  static DirectLogitAttributionResult attribution(LanguageModel<Gpt2> gpt2) {
    // snippet: attribution
    DirectLogitAttributionResult parts =
        DirectLogitAttribution.of(gpt2).answer(" Paris").against(" Rome").run(EIFFEL);
    System.out.println(parts.head(1, 2) + " " + parts.mlp(0) + " " + parts.topNeurons(3));
    System.out.println(parts.sum() + " = " + parts.logit());
    // end
    return parts;
  }

  static InputAttributionResult tokens(LanguageModel<Gpt2> gpt2) {
    // snippet: tokens
    InputAttributionResult tokens =
        InputAttribution.of(gpt2).answer(" Paris").against(" Rome").steps(32).run(EIFFEL);
    System.out.println(tokens.share(1) + ", off by " + tokens.completenessError());
    // end
    return tokens;
  }

  static PatchscopeResult scope(LanguageModel<Gpt2> gpt2) {
    // snippet: scope
    PatchscopeResult scope =
        Patchscope.of(gpt2).maxNewTokens(2).run(EIFFEL, "The Colosseum is in the city of");
    System.out.println(scope.text(2)); // what the vector after layer 2 says there
    // end
    return scope;
  }

  static ActivationPatchingResult patching(LanguageModel<Gpt2> gpt2) {
    // snippet: patching
    String clean = "When Mary and John went to the store, John gave a drink to";
    String corrupted = "When John and Mary went to the store, Mary gave a drink to";
    ActivationPatching patching = ActivationPatching.of(gpt2).answer(" Mary").against(" John");
    System.out.println(patching.cost(clean, corrupted));
    ActivationPatchingResult found = patching.run(clean, corrupted);
    ActivationPatchingResult heads = patching.at(SweepSite.Z).noise().run(clean, corrupted);
    System.out.println(found.effect(1, 13, 0) + "\n" + heads);
    // end
    // snippet: estimate
    AttributionPatchingResult estimate =
        AttributionPatching.of(gpt2).answer(" Mary").against(" John").run(clean, corrupted);
    System.out.println(estimate.rankCorrelation(found));
    // end
    return found;
  }

  static AttentionResult attention(LanguageModel<Gpt2> gpt2) {
    // snippet: attention
    AttentionResult attention = AttentionPatterns.of(gpt2).run(EIFFEL);
    System.out.println(attention.weight(2, 1, -1, 2) + " " + attention.entropy(2, 1, -1));
    // end
    return attention;
  }

  static HeadScoresResult heads(LanguageModel<Gpt2> gpt2) {
    // snippet: heads
    HeadScoresResult heads = HeadScores.of(gpt2).run();
    System.out.println(heads.top(HeadKind.INDUCTION, 3));
    // end
    return heads;
  }

  static Figure knockout(LanguageModel<Gpt2> gpt2) {
    // snippet: knockout
    AttentionKnockout knockout =
        AttentionKnockout.of(gpt2).answer(" Paris").queries(-1).keys(1, 2).window(1);
    System.out.println(knockout.run(EIFFEL));
    // end
    return knockout.run(EIFFEL).figure();
  }

  static CausalTracingResult tracing(LanguageModel<Gpt2> gpt2) {
    // snippet: tracing
    CausalTracingResult tracing =
        CausalTracing.of(gpt2).answer(" Paris").subject(1, 2).samples(3).run(EIFFEL);
    System.out.println(tracing.clean() + " " + tracing.corrupted() + " " + tracing.effect(1, 2));
    // end
    return tracing;
  }

  static Figure steering(LanguageModel<Gpt2> gpt2) {
    // snippet: steering
    SteeringVector italy = SteeringVectors.of(gpt2).differenceOfMeans(IN_ITALY, IN_FRANCE);
    Steer steer = Steer.by(italy).layers(1).strength(1);
    DoseResponse dose =
        DoseResponse.of(gpt2, steer).answer(" Rome").against(" Paris").strengths(-1, 0, 1, 2);
    System.out.println(dose.run(IN_FRANCE));
    LanguageModel<Gpt2> italian = gpt2.with(steer.edit(gpt2)); // or steer.on(invoker)
    LanguageModel<Gpt2> without =
        gpt2.with(DirectionAblation.of(italy.direction(1)).edit(gpt2)); // can no longer be written
    // end
    System.out.println(italian.edits().size() + without.edits().size());
    return dose.run(IN_FRANCE).figure();
  }

  static LinearProbesResult probes(LanguageModel<Gpt2> gpt2) {
    // snippet: probes
    LinearProbesResult probes = LinearProbes.of(gpt2).positions(-1).run(IN_ITALY, IN_FRANCE);
    System.out.println(probes.auroc(2, -1) + " beside " + probes.shuffledAuroc(2, -1));
    LinearProbe probe = probes.probe(2, -1);
    Saved<Axis> italian =
        gpt2.trace(
            EIFFEL,
            (invoker, model) -> {
              Value<Gpt2.Hidden> last = model.transformer().h(2).output(0).at(-1);
              return invoker.call("italy", probe, last).save();
            });
    System.out.println("log-odds of Italy: " + italian.value().item());
    // end
    return probes;
  }

  /**
   * Features of a sparse autoencoder.
   *
   * @param folder for example one of Gemma Scope
   */
  static SaeFeaturesResult features(LanguageModel<?> model, Path folder) {
    // snippet: features
    SaeFeatures features = SaeFeatures.of(model, SparseAutoencoder.open(folder)).topK(5);
    SaeFeaturesResult found = features.run(EIFFEL);
    int strongest = found.top(-1).get(0).feature();
    System.out.println(features.ablate(EIFFEL, " Paris", strongest).effect(0));
    // end
    return found;
  }
}
