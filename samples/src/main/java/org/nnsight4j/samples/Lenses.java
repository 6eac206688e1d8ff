package org.nnsight4j.samples;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collections;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.activations.MaxActivations;
import org.nnsight4j.toolkit.activations.MaxActivationsResult;
import org.nnsight4j.toolkit.attribution.GeneratedAttributionResult;
import org.nnsight4j.toolkit.attribution.InputAttribution;
import org.nnsight4j.toolkit.circuit.Circuit;
import org.nnsight4j.toolkit.circuit.EdgeAttribution;
import org.nnsight4j.toolkit.figure.AttributionGraph;
import org.nnsight4j.toolkit.figure.FeatureDashboard;
import org.nnsight4j.toolkit.figure.Figure;
import org.nnsight4j.toolkit.figure.GraphNode;
import org.nnsight4j.toolkit.interchange.Counterfactual;
import org.nnsight4j.toolkit.interchange.DistributedAlignmentResult;
import org.nnsight4j.toolkit.interchange.DistributedAlignmentSearch;
import org.nnsight4j.toolkit.lens.JacobianLens;
import org.nnsight4j.toolkit.lens.JacobianLensFit;
import org.nnsight4j.toolkit.lens.LensDivergenceResult;
import org.nnsight4j.toolkit.lens.LogitLensResult;
import org.nnsight4j.toolkit.lens.TunedLens;
import org.nnsight4j.toolkit.lens.TunedLensTrained;

/** Lenses that are trained or fitted, subspaces, and figures of graphs and features. */
public final class Lenses {
  private static final String EIFFEL = "The Eiffel Tower is in the city of";
  private static final List<String> TEXTS =
      List.of(
          "The Colosseum is in the city of Rome",
          "The Louvre is in the city of Paris",
          "When Mary and John went to the store, John gave a drink to Mary",
          "The Trevi Fountain is in the city of Rome",
          "The Arc de Triomphe is in the city of Paris",
          "The capital of France is Paris",
          "The capital of Italy is Rome",
          "The Pantheon is in the city of Rome");

  private Lenses() {}

  /** Prints a table of each analysis, and writes its page to the folder {@code target/lenses}. */
  public static void main(String[] args) throws IOException {
    Path folder = Files.createDirectories(Path.of("target", "lenses"));
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      for (Map.Entry<String, Figure> each : figures(gpt2).entrySet()) {
        System.out.println(each.getValue().text(120));
        each.getValue().write(folder.resolve(each.getKey() + ".html"));
      }
    }
  }

  /** The figure of each analysis by its name. */
  public static Map<String, Figure> figures(LanguageModel<Gpt2> gpt2) throws IOException {
    Map<String, Figure> figures = new LinkedHashMap<>();
    figures.put("tuned-lens", tuned(gpt2, Files.createTempDirectory("lens")).figure());
    figures.put("jacobian-lens", jacobian(gpt2).figure());
    figures.put("generated", generated(gpt2).figure());
    figures.put("interchange", subspace(gpt2).figure());
    figures.put("dashboard", dashboard(gpt2));
    figures.put("graph", circuit(gpt2));
    return figures;
  }

  static LensDivergenceResult tuned(LanguageModel<Gpt2> gpt2, Path folder) throws IOException {
    // snippet: tuned
    TunedLensTrained trained = TunedLens.training(gpt2).epochs(15).run(TEXTS);
    TunedLens lens = trained.lens();
    lens.save(folder); // config.json and params.pt, which the package tuned-lens reads
    LensDivergenceResult divergence = lens.divergence(List.of(EIFFEL));
    System.out.println(divergence.lens(0) + " nats, the logit lens " + divergence.logitLens(0));
    // end
    // snippet: tunedRead
    LogitLensResult read = TunedLens.open(gpt2, folder).topK(2).target(" Paris").run(EIFFEL);
    System.out.println(read.targetRank(1, -1) + "\n" + read);
    // end
    return divergence;
  }

  static LogitLensResult jacobian(LanguageModel<Gpt2> gpt2) {
    // snippet: jacobian
    JacobianLensFit fit = JacobianLens.fit(gpt2).skipFirst(1);
    System.out.println(fit.cost(TEXTS.subList(0, 3)));
    JacobianLens lens = fit.run(TEXTS.subList(0, 3));
    LogitLensResult read = lens.topK(2).target(" Paris").run(EIFFEL);
    Tensor paris = lens.vector(1, " Paris"); // a direction to steer by
    System.out.println(read.targetRank(1, -1) + " " + paris.header());
    // end
    return read;
  }

  static GeneratedAttributionResult generated(LanguageModel<Gpt2> gpt2) {
    // snippet: generated
    GeneratedAttributionResult found =
        InputAttribution.of(gpt2)
            .steps(16)
            .runGenerated("When Mary and John went to the store, John gave a drink to", 2);
    System.out.println(found.share(0, 1) + ", off by " + found.completenessError(0));
    // end
    return found;
  }

  static DistributedAlignmentResult subspace(LanguageModel<Gpt2> gpt2) {
    // snippet: interchange
    List<Counterfactual> pairs = new ArrayList<>();
    for (String[] each :
        new String[][] {
          {"The Louvre is in the city of", "The Pantheon is in the city of"},
          {"The Louvre is in the city of", "The Colosseum is in the city of"},
          {"The Eiffel Tower is in the city of", "The Trevi Fountain is in the city of"},
          {"The capital of France is", "The capital of Italy is"}
        }) {
      pairs.add(Counterfactual.of(gpt2, each[0], each[1], " Rome"));
      pairs.add(Counterfactual.of(gpt2, each[1], each[0], " Paris"));
    }
    DistributedAlignmentResult found =
        DistributedAlignmentSearch.of(gpt2)
            .layer(2)
            .position(-1)
            .dimensions(2)
            .learningRate(0.05)
            .epochs(25)
            .run(pairs.subList(0, 6), pairs.subList(6, 8));
    System.out.println(found.accuracy() + " beside " + found.randomModelAccuracy());
    // end
    return found;
  }

  static FeatureDashboard dashboard(LanguageModel<Gpt2> gpt2) {
    // snippet: examples
    MaxActivationsResult found =
        MaxActivations.of(gpt2).layer(2).topK(5).samples(3).skipFirst(1).run(TEXTS);
    int neuron = Collections.max(found.units(), Comparator.comparingDouble(found::maximum));
    System.out.println(found.top(neuron).get(0) + " " + found.frequency(neuron));
    FeatureDashboard dashboard = found.dashboard(neuron);
    // end
    // snippet: feature
    String json = dashboard.neuronpedia(neuron); // a feature file as Neuronpedia's graphs read it
    // end
    System.out.println(json.length());
    return dashboard;
  }

  static Figure circuit(LanguageModel<Gpt2> gpt2) {
    // snippet: circuit
    String clean = "When Mary and John went to the store, John gave a drink to";
    String corrupted = "When John and Mary went to the store, Mary gave a drink to";
    Circuit circuit =
        EdgeAttribution.of(gpt2).answer(" Mary").against(" John").run(clean, corrupted).circuit();
    AttributionGraph graph = circuit.top(24).pruned().figure("Who got the drink", List.of());
    // end
    return graph;
  }

  static String ownGraph() {
    // snippet: graph
    AttributionGraph graph =
        AttributionGraph.of("Why _Paris?")
            .tokens(List.of("The", "_Eiffel"))
            .node(GraphNode.of(GraphNode.Kind.EMBEDDING, "E_1", "_Eiffel", -1).at(1))
            .node(
                GraphNode.of(GraphNode.Kind.FEATURE, "2_77_1", "towers", 2)
                    .at(1)
                    .feature(77)
                    .activation(3.5))
            .node(GraphNode.of(GraphNode.Kind.LOGIT, "paris", "_Paris", 4).at(1))
            .edge("E_1", "2_77_1", 2.5)
            .edge("2_77_1", "paris", 1.25);
    String json = graph.neuronpedia("eiffel", "gpt2", "The Eiffel", List.of("The", " Eiffel"));
    // end
    return json;
  }
}
