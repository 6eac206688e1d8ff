package org.nnsight4j.toolkit.figure;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.browser.Figures;

/** Layout, structure and Neuronpedia's schema; {@code FiguresInBrowserTest} opens the pages. */
final class AttributionGraphTest {
  private static GraphNode node(String id, int layer) {
    return GraphNode.of(GraphNode.Kind.HEAD, id, id, layer);
  }

  private static AttributionGraph crossed() {
    AttributionGraph graph = AttributionGraph.of("crossed");
    for (String id : List.of("a", "b", "c")) {
      graph = graph.node(node(id, 0)).node(node(id.toUpperCase(Locale.ROOT), 1));
    }
    return graph.edge("a", "C", 1).edge("b", "B", -2).edge("c", "A", 3);
  }

  /** Nodes come in an order in which each edge crosses both others; the layout undoes that. */
  @Test
  void theLayoutUndoesCrossings() {
    Map<String, List<String>> neighbours = new HashMap<>();
    for (String pair : List.of("aC", "bB", "cA")) {
      String from = pair.substring(0, 1);
      String to = pair.substring(1);
      neighbours.computeIfAbsent(from, any -> new ArrayList<>()).add(to);
      neighbours.computeIfAbsent(to, any -> new ArrayList<>()).add(from);
    }
    LayeredLayout layout = new LayeredLayout(crossed().nodes(), neighbours, 0, 0);
    boolean forward = layout.box("a").x() < layout.box("b").x();
    for (String pair : List.of("aC", "bB", "cA")) {
      for (String other : List.of("aC", "bB", "cA")) {
        double below = layout.box(pair.substring(0, 1)).x() - layout.box(other.substring(0, 1)).x();
        double above = layout.box(pair.substring(1)).x() - layout.box(other.substring(1)).x();
        assertWithMessage("%s and %s, %s", pair, other, forward).that(below * above).isAtLeast(0);
      }
    }
    // Layer 1 stands above layer 0.
    assertThat(layout.box("A").y()).isLessThan(layout.box("a").y());
  }

  @Test
  void nodesStandInTheColumnsOfTheirTokens() {
    AttributionGraph graph =
        AttributionGraph.of("t")
            .node(node("late", 0).at(3))
            .node(node("early", 0).at(1))
            .node(node("above", 5).at(1));
    LayeredLayout layout = new LayeredLayout(graph.nodes(), Map.of(), 0, 0);
    assertThat(layout.box("early").x()).isLessThan(layout.box("late").x());
    assertThat(layout.box("above").middle()).isWithin(1e-9).of(layout.box("early").middle());
    assertThat(layout.boxes().stream().map(box -> box.node().id()))
        .containsExactly("above", "early", "late")
        .inOrder();
  }

  @Test
  void drawsItsPartsAndKeepsTheStrongest() {
    String svg = crossed().svg();
    assertThat(svg.split("data-e=", -1)).hasLength(4);
    assertThat(svg.split("data-h=", -1)).hasLength(7);
    assertThat(svg).contains("c -&gt; A: 3");
    assertThat(crossed().strongest(1).svg().split("data-h=", -1)).hasLength(3);
    assertThat(crossed().text(80)).containsMatch("c +A +3\nb +B +-2\na +C +1");
    AttributionGraph large = AttributionGraph.of("large");
    List<GraphNode> nodes = new ArrayList<>();
    for (int i = 0; i < 60; i++) {
      nodes.add(node("n" + i, i / 10));
    }
    large = large.nodes(nodes);
    for (int i = 0; i < 50; i++) {
      for (int j = i / 10 * 10 + 10; j < 60; j++) {
        large = large.edge("n" + i, "n" + j, i - 25.5 + j);
      }
    }
    assertThat(large.svg()).contains("the 400 strongest of 1500 edges");
    assertThat(large.html().length()).isLessThan(200_000);
    assertThat(large.html()).isEqualTo(large.html());
  }

  @Test
  void isNeuronpediasGraph() throws Exception {
    AttributionGraph graph = (AttributionGraph) Figures.all().get("graph");
    JsonNode json =
        new ObjectMapper()
            .readTree(graph.neuronpedia("slug", "gpt2", "The cat", List.of("The", " cat")));
    // What graph-schema.json requires, by its types.
    for (String key : List.of("slug", "scan", "prompt")) {
      assertThat(json.get("metadata").get(key).isTextual()).isTrue();
    }
    assertThat(json.get("metadata").get("prompt_tokens")).hasSize(2);
    assertThat(json.get("qParams").isObject()).isTrue();
    Set<String> ids = new HashSet<>();
    for (JsonNode node : json.get("nodes")) {
      for (String key : List.of("node_id", "layer", "feature_type", "jsNodeId", "clerp")) {
        assertWithMessage(key).that(node.get(key).isTextual()).isTrue();
      }
      assertThat(node.get("ctx_idx").isInt()).isTrue();
      assertThat(node.get("feature").isInt() || node.get("feature").isNull()).isTrue();
      ids.add(node.get("node_id").asText());
    }
    assertThat(ids).hasSize(39);
    for (JsonNode link : json.get("links")) {
      assertThat(ids).contains(link.get("source").asText());
      assertThat(ids).contains(link.get("target").asText());
      assertThat(link.get("weight").isNumber()).isTrue();
    }
    assertThat(json.get("nodes").get(0).get("layer").asText()).isEqualTo("E");
  }

  @Test
  void aDashboardIsNeuronpediasFeature() throws Exception {
    FeatureDashboard dashboard = (FeatureDashboard) Figures.all().get("dashboard");
    JsonNode json = new ObjectMapper().readTree(dashboard.neuronpedia(1234));
    assertThat(json.get("index").asInt()).isEqualTo(1234);
    assertThat(json.get("top_logits")).hasSize(10);
    assertThat(json.get("bottom_logits").get(0).asText()).isEqualTo(" tree0");
    assertThat(json.get("act_max").asDouble()).isEqualTo(10);
    assertThat(json.get("examples_quantiles")).hasSize(2);
    JsonNode example = json.get("examples_quantiles").get(0).get("examples").get(0);
    assertThat(example.get("tokens")).hasSize(24);
    assertThat(example.get("tokens_acts_list").get(12).asDouble()).isEqualTo(10);
    assertThat(example.get("train_token_ind").asInt()).isEqualTo(12);
    assertThat(example.get("is_repeated_datapoint").isBoolean()).isTrue();
    assertThat(dashboard.html().length()).isLessThan(200_000);
    assertThat(dashboard.text(200)).contains("_word11[_word12]_word13");
  }

  @Test
  void refusesWhatDoesNotFit() {
    AttributionGraph graph = AttributionGraph.of("t").node(node("a", 0));
    assertThat(assertThrows(RunException.class, () -> graph.edge("a", "b", 1)))
        .hasMessageThat()
        .contains("there is no node 'b' for an edge");
    assertThat(assertThrows(RunException.class, () -> graph.node(node("a", 1))))
        .hasMessageThat()
        .contains("node 'a' is there twice");
    assertThat(assertThrows(RunException.class, () -> node("a", -2)))
        .hasMessageThat()
        .contains("has no layer -2");
    assertThat(
            assertThrows(
                RunException.class, () -> FeatureDashboard.of("t").histogram(new double[] {0}, 1)))
        .hasMessageThat()
        .contains("1 bins have 2 ends, found 1");
    assertThat(
            assertThrows(
                RunException.class,
                () -> new DashboardExample(List.of("a"), new double[] {1}, 1, "text 0")))
        .hasMessageThat()
        .contains("with a peak at 1");
    assertThat(Labels.shortened("abc", 3)).isEqualTo("abc");
    assertThat(Labels.shortened("日本語abc", 5)).isEqualTo("日本…");
    assertThat(Arrays.stream(GraphNode.Kind.values()).map(GraphNode.Kind::neuronpedia))
        .contains("cross layer transcoder");
  }
}
