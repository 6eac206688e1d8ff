package org.nnsight4j.toolkit.circuit;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nnsight4j.error.RunException;

/** Circuits as data; the file is one that EAP-IG wrote, with its 14 largest edges, pruned. */
final class CircuitTest {
  private static final CircuitSizes SIZES = new CircuitSizes(2, 2, 2, false, 16);
  private static final CircuitSizes SHARED = new CircuitSizes(2, 4, 2, true, 16);

  @TempDir private Path folder;

  private static String mib() throws Exception {
    return new String(
        CircuitTest.class.getResourceAsStream("/mib-circuit.json").readAllBytes(),
        StandardCharsets.UTF_8);
  }

  @Test
  void readsAndWritesTheFilesOfMib() throws Exception {
    Circuit read = Circuit.parse(mib());
    assertThat(read.sizes()).isEqualTo(SIZES);
    assertThat(read.edges()).hasSize(46);
    JsonNode edges = new ObjectMapper().readTree(mib()).get("edges");
    for (CircuitEdge edge : read.edges()) {
      JsonNode own = edges.get(edge.name());
      assertThat(edge.score()).isEqualTo(own.get("score").asDouble());
      assertThat(edge.included()).isEqualTo(own.get("in_graph").asBoolean());
    }
    // The same edges as theirs, by the same rule.
    Circuit chosen = read.top(14).pruned();
    assertThat(chosen.included()).isEqualTo(read.included());
    assertThat(chosen.included().size()).isLessThan(14);
    assertThat(read.pruned().included()).isEqualTo(read.included());
    JsonNode nodes = new ObjectMapper().readTree(mib()).get("nodes");
    JsonNode written = new ObjectMapper().readTree(read.toJson());
    assertThat(written.get("nodes")).isEqualTo(nodes);
    assertThat(written.get("edges")).isEqualTo(edges);
    read.write(folder.resolve("circuit.json"));
    assertThat(Circuit.read(folder.resolve("circuit.json")).toJson()).isEqualTo(read.toJson());
  }

  @Test
  void countsTheEdgesOfPublishedModels() {
    // MIB's numbers; it gives each head of queries keys and values of its own.
    assertThat(new CircuitSizes(12, 12, 12, false, 768).edgeCount()).isEqualTo(32491);
    assertThat(new CircuitSizes(26, 8, 8, false, 2304).edgeCount()).isEqualTo(74218);
    assertThat(new CircuitSizes(24, 14, 14, false, 896).edgeCount()).isEqualTo(179749);
    assertThat(new CircuitSizes(24, 14, 2, false, 896).edgeCount()).isLessThan(179749);
    assertThat(Circuit.empty(SHARED).edges()).hasSize(SHARED.edgeCount());
  }

  @Test
  void sharedKeysAndValuesAreOneReader() {
    Circuit circuit =
        Circuit.of(
            SHARED,
            Circuit.empty(SHARED).edges().stream()
                .map(
                    edge ->
                        edge.with((double) edge.name().hashCode())
                            .with(edge.name().length() % 2 == 0))
                .toList());
    Circuit back = Circuit.parse(circuit.toJson());
    assertThat(back.sizes()).isEqualTo(SHARED);
    for (CircuitEdge edge : circuit.edges()) {
      assertThat(back.edge(edge.name()).score()).isWithin(1e-3).of(edge.score());
      assertThat(back.edge(edge.name()).included()).isEqualTo(edge.included());
    }
    assertThat(circuit.toJson()).contains("a0.h3->a1.h2<k>");
    assertThat(circuit.edge("a0.h3->a1.kv1<k>").target().kind())
        .isEqualTo(CircuitNode.Kind.KEY_VALUE_HEAD);
    // Read into the head of keys, written by one of its heads of queries: a way.
    Circuit way =
        circuit.including(
            edge -> List.of("input->a0.kv1<v>", "a0.h3->logits").contains(edge.name()));
    assertThat(way.pruned().included()).hasSize(2);
    Circuit none =
        circuit.including(
            edge -> List.of("input->a0.kv0<v>", "a0.h3->logits").contains(edge.name()));
    assertThat(none.pruned().included()).isEmpty();
    assertThat(way.toString()).startsWith("2 of ");
    assertThat(way.nodes().toString()).isEqualTo("[input, a0.h3, a0.kv1, logits]");
  }

  @Test
  void positionsAreAddedUpForFiles() {
    Circuit circuit =
        Circuit.of(
            SIZES,
            List.of(
                new CircuitEdge(
                    CircuitNode.embedding().at(0),
                    CircuitNode.mlp(0).at(0),
                    CircuitEdge.Input.WHOLE,
                    1,
                    true),
                new CircuitEdge(
                    CircuitNode.embedding().at(1),
                    CircuitNode.mlp(0).at(1),
                    CircuitEdge.Input.WHOLE,
                    2,
                    false)));
    assertThat(circuit.edge("input@1->m0@1").score()).isEqualTo(2);
    assertThat(assertThrows(RunException.class, circuit::toJson))
        .hasMessageThat()
        .endsWith("summed() adds them up");
    assertThat(circuit.summed().edge("input->m0").score()).isEqualTo(3);
    assertThat(circuit.summed().edge("input->m0").included()).isTrue();
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "'a2.h0->logits' | there is no edge a2.h0->logits: this model has 2 layers",
        "'m1->a1.h0<q>' | edge 'm1->a1.h0<q>': a1.h0 does not read what m1 wrote by Q",
        "'input->a0.h2<v>' | there is no edge input->a0.h2<v>: this model has 2 layers",
        "'input->a0.h0' | a0.h0 does not read what input wrote by WHOLE",
        "'input->z0' | expected an edge like 'a0.h1->a3.h2<q>' or 'input->m0', found 'input->z0'",
      })
  void refusesEdgesThatNoModelHas(String name, String message) throws Exception {
    ObjectNode json = (ObjectNode) new ObjectMapper().readTree(mib());
    ((ObjectNode) json.get("edges")).putObject(name).put("score", 1).put("in_graph", true);
    assertThat(assertThrows(RunException.class, () -> Circuit.parse(json.toString())))
        .hasMessageThat()
        .contains(message);
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "[] | with the field 'cfg'",
        "{ | expected the JSON of a circuit",
        "{\"cfg\":{\"n_layers\":0}} | cfg.n_layers: expected a number from 1 on, found 0",
        "{\"cfg\":{\"n_layers\":1,\"n_heads\":1,\"parallel_attn_mlp\":1}} | cfg.parallel_attn_mlp:"
            + " expected true or false, found 1",
        "{\"cfg\":{},\"cfg\":{}} | Duplicate field",
      })
  void saysWhatIsWrongWithAFile(String json, String message) {
    assertThat(assertThrows(RunException.class, () -> Circuit.parse(json)))
        .hasMessageThat()
        .contains(message);
  }

  @Test
  void saysWhatIsWrongWithARequest() {
    Circuit circuit = Circuit.empty(SIZES);
    assertThat(assertThrows(RunException.class, () -> circuit.top(47)))
        .hasMessageThat()
        .isEqualTo("expected 0 to 46 edges, found 47");
    assertThat(assertThrows(RunException.class, () -> circuit.topShare(1.5)))
        .hasMessageThat()
        .isEqualTo("expected a share from 0 to 1, found 1.5");
    assertThat(assertThrows(RunException.class, () -> circuit.edge("m0->m9")))
        .hasMessageThat()
        .startsWith("there is no edge 'm0->m9'");
    assertThat(
            assertThrows(RunException.class, () -> new CircuitNode(CircuitNode.Kind.MLP, 0, 1, -1)))
        .hasMessageThat()
        .isEqualTo("MLP has no layer 0, head 1 and position -1");
  }
}
