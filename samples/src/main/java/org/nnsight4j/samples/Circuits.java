package org.nnsight4j.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.toolkit.circuit.Circuit;
import org.nnsight4j.toolkit.circuit.CircuitNode;
import org.nnsight4j.toolkit.circuit.EdgeAttribution;
import org.nnsight4j.toolkit.circuit.EdgeAttributionResult;
import org.nnsight4j.toolkit.circuit.Faithfulness;
import org.nnsight4j.toolkit.circuit.FaithfulnessResult;
import org.nnsight4j.toolkit.circuit.PathPatching;
import org.nnsight4j.toolkit.circuit.PathPatchingResult;
import org.nnsight4j.toolkit.circuit.Receiver;
import org.nnsight4j.toolkit.figure.Figure;
import org.nnsight4j.toolkit.functionvector.FewShot;
import org.nnsight4j.toolkit.functionvector.FunctionVectorEffect;
import org.nnsight4j.toolkit.functionvector.FunctionVectors;
import org.nnsight4j.toolkit.functionvector.FunctionVectorsResult;
import org.nnsight4j.toolkit.patching.AtpStar;
import org.nnsight4j.toolkit.patching.AtpStarResult;
import org.nnsight4j.toolkit.weights.Composition;
import org.nnsight4j.toolkit.weights.WeightCircuits;
import org.nnsight4j.toolkit.weights.WeightCircuitsResult;

/** The toolkit's analyses of circuits, each in a few lines, on a small GPT-2. */
public final class Circuits {
  private static final String CLEAN = "When Mary and John went to the store, John gave a drink to";
  private static final String CORRUPTED =
      "When John and Mary went to the store, Mary gave a drink to";

  private Circuits() {}

  /** Prints a table of each analysis, and writes its page to the folder {@code target/circuits}. */
  public static void main(String[] args) throws IOException {
    Path folder = Files.createDirectories(Path.of("target", "circuits"));
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      for (Map.Entry<String, Figure> each : figures(gpt2).entrySet()) {
        System.out.println(each.getValue().text(120));
        each.getValue().write(folder.resolve(each.getKey() + ".html"));
      }
    }
  }

  /** The figure of each analysis by its name. */
  public static Map<String, Figure> figures(LanguageModel<Gpt2> gpt2) {
    Map<String, Figure> figures = new LinkedHashMap<>();
    EdgeAttributionResult edges = edges(gpt2);
    figures.put("edges", edges.figure());
    figures.put("faithfulness", faithfulness(gpt2, edges.circuit()).figure());
    figures.put("paths", paths(gpt2).figure());
    figures.put("star", star(gpt2).figure());
    WeightCircuitsResult weights = weights(gpt2);
    figures.put("copying", weights.figure());
    figures.put("composition", weights.figure(Composition.K));
    figures.put("functions", functions(gpt2));
    return figures;
  }

  static EdgeAttributionResult edges(LanguageModel<Gpt2> gpt2) {
    // snippet: edges
    EdgeAttribution attribution =
        EdgeAttribution.of(gpt2).answer(" Mary").against(" John").steps(5);
    System.out.println(attribution.cost(CLEAN, CORRUPTED));
    EdgeAttributionResult edges = attribution.run(CLEAN, CORRUPTED);
    System.out.println(edges.top(5) + ", off by " + edges.completenessError());
    Circuit circuit = edges.circuit().top(60).pruned();
    System.out.println(circuit); // circuit.write(Path.of("ioi.json")) is a file of MIB
    // end
    return edges;
  }

  static FaithfulnessResult faithfulness(LanguageModel<Gpt2> gpt2, Circuit circuit) {
    // snippet: faithfulness
    Faithfulness faithfulness = Faithfulness.of(gpt2).answer(" Mary").against(" John");
    FaithfulnessResult curve = faithfulness.run(circuit, CLEAN, CORRUPTED);
    System.out.println("CPR " + curve.cpr() + ", CMD " + curve.cmd());
    double without =
        faithfulness.measure(
            circuit.including(edge -> edge.source().layer() != 0), CLEAN, CORRUPTED);
    System.out.println(without + " without what layer 0 wrote");
    // end
    return curve;
  }

  static PathPatchingResult paths(LanguageModel<Gpt2> gpt2) {
    // snippet: paths
    PathPatching paths = PathPatching.of(gpt2).answer(" Mary").against(" John").noise();
    PathPatchingResult direct = paths.freezeAll().run(CLEAN, CORRUPTED);
    System.out.println(direct.effect(CircuitNode.head(3, 1)) + " directly to the logits");
    PathPatchingResult queries =
        paths.into(Receiver.queries(3, 0), Receiver.queries(3, 1)).run(CLEAN, CORRUPTED);
    System.out.println(queries);
    // end
    return direct;
  }

  static AtpStarResult star(LanguageModel<Gpt2> gpt2) {
    // snippet: star
    AtpStarResult star =
        AtpStar.of(gpt2).at(SweepSite.K).answer(" Mary").against(" John").run(CLEAN, CORRUPTED);
    System.out.println(star.top(5)); // patch these
    // end
    return star;
  }

  static WeightCircuitsResult weights(LanguageModel<Gpt2> gpt2) {
    // snippet: weights
    WeightCircuitsResult weights = WeightCircuits.of(gpt2).folded().run();
    System.out.println(weights.copying(3, 0) + " " + weights.ov(3, 0).singularValues()[0]);
    System.out.println(weights.top(Composition.K, 3) + " beside " + weights.baseline());
    // end
    return weights;
  }

  static Figure functions(LanguageModel<Gpt2> gpt2) {
    // snippet: functions
    FewShot capitals =
        FewShot.of(
                List.of(
                    new FewShot.Example("France", "Paris"),
                    new FewShot.Example("Italy", "Rome"),
                    new FewShot.Example("Spain", "Madrid"),
                    new FewShot.Example("Japan", "Tokyo")))
            .shots(3);
    FunctionVectors vectors = FunctionVectors.of(gpt2).heads(4);
    FunctionVectorsResult found = vectors.run(capitals);
    System.out.println(found.heads() + " " + found.vector().length);
    FunctionVectorEffect effect = vectors.effect(found, capitals.zeroShot(), capitals.answers());
    System.out.println(effect.probability(2) + " beside " + effect.plainProbability());
    // end
    return found.figure();
  }
}
