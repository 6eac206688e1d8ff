package org.nnsight4j.toolkit.circuit;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.function.Predicate;
import java.util.stream.IntStream;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.circuit.CircuitEdge.Input;
import org.nnsight4j.toolkit.figure.AttributionGraph;

/**
 * A model's edges with their scores, and which of them belong to a circuit: what {@link
 * EdgeAttribution} finds, {@link Faithfulness} measures and MIB's files hold.
 *
 * <pre>{@code
 * Circuit circuit = EdgeAttribution.of(gpt2).answer(" Mary").against(" John").run(clean, corrupted).circuit();
 * circuit.top(200).pruned().write(Path.of("ioi.json"));
 * }</pre>
 *
 * <p>Immutable.
 */
public final class Circuit {
  private final CircuitSizes sizes;
  private final List<CircuitEdge> edges;
  private final Map<String, CircuitEdge> byName;

  private Circuit(CircuitSizes sizes, List<CircuitEdge> edges) {
    this.sizes = sizes;
    this.edges = List.copyOf(edges);
    Map<String, CircuitEdge> names = new TreeMap<>();
    for (CircuitEdge edge : edges) {
      if (names.put(edge.name(), edge) != null) {
        throw new RunException(edge + " is there twice");
      }
    }
    this.byName = Collections.unmodifiableMap(names);
  }

  /**
   * A circuit of edges, each of which the sizes must allow.
   *
   * @throws RunException if a model of these sizes has no such edge
   */
  public static Circuit of(CircuitSizes sizes, List<CircuitEdge> edges) {
    for (CircuitEdge edge : edges) {
      requireReal(sizes, edge);
    }
    return new Circuit(sizes, edges);
  }

  /** All edges that a model of these sizes has, none of which is scored or included. */
  public static Circuit empty(CircuitSizes sizes) {
    List<CircuitNode> writers = sizes.writers();
    List<CircuitEdge> edges = new ArrayList<>();
    for (CircuitSizes.Reader reader : sizes.readers()) {
      for (CircuitNode source : writers.subList(0, reader.sources())) {
        edges.add(new CircuitEdge(source, reader.node(), reader.input(), Double.NaN, false));
      }
    }
    return new Circuit(sizes, edges);
  }

  private static void requireReal(CircuitSizes sizes, CircuitEdge edge) {
    CircuitNode target = edge.target();
    int heads =
        target.kind() == CircuitNode.Kind.KEY_VALUE_HEAD ? sizes.keyValueHeads() : sizes.heads();
    boolean real =
        Math.max(edge.source().layer(), target.layer()) < sizes.layers()
            && edge.source().head() < sizes.heads()
            && target.head() < heads
            && (target.kind() != CircuitNode.Kind.KEY_VALUE_HEAD || sizes.grouped())
            && (target.kind() != CircuitNode.Kind.HEAD
                || edge.input() == Input.Q
                || !sizes.grouped());
    if (real) {
      int sources =
          switch (target.kind()) {
            case LOGITS -> sizes.beforeAttention(sizes.layers());
            case MLP -> sizes.beforeMlp(target.layer());
            default -> sizes.beforeAttention(target.layer());
          };
      real = sizes.index(edge.source()) < sources;
    }
    if (!real) {
      throw new RunException(
          "there is no edge %s: this model has %s, counted from 0".formatted(edge, sizes.words()));
    }
  }

  /** The sizes of the model. */
  public CircuitSizes sizes() {
    return sizes;
  }

  /** All edges, included or not, in the order in which they are computed. */
  public List<CircuitEdge> edges() {
    return edges;
  }

  /** The edges that belong to the circuit. */
  public List<CircuitEdge> included() {
    return edges.stream().filter(CircuitEdge::included).toList();
  }

  /** The nodes at the ends of the edges that belong to the circuit, in their order. */
  public List<CircuitNode> nodes() {
    TreeSet<CircuitNode> nodes = new TreeSet<>();
    for (CircuitEdge edge : included()) {
      nodes.add(edge.source());
      nodes.add(edge.target());
    }
    return List.copyOf(nodes);
  }

  /**
   * One edge.
   *
   * @param name MIB's, for example {@code a0.h1->a3.h2<q>}
   */
  public CircuitEdge edge(String name) {
    CircuitEdge edge = byName.get(name);
    if (edge == null) {
      throw new RunException(
          "there is no edge '%s'; edges are named like '%s'".formatted(name, edges.get(0)));
    }
    return edge;
  }

  /** Whether its edges are of single positions. */
  public boolean hasPositions() {
    return !edges.isEmpty() && edges.get(0).source().position() != CircuitNode.EVERYWHERE;
  }

  /** The circuit of the edges with the largest absolute scores; the first of equals. */
  public Circuit top(int count) {
    if (count < 0 || count > edges.size()) {
      throw new RunException("expected 0 to %s edges, found %s".formatted(edges.size(), count));
    }
    Integer[] order = IntStream.range(0, edges.size()).boxed().toArray(Integer[]::new);
    Arrays.sort(order, Comparator.comparingDouble(i -> -size(edges.get(i))));
    boolean[] chosen = new boolean[order.length];
    for (int i = 0; i < count; i++) {
      chosen[order[i]] = true;
    }
    List<CircuitEdge> all = new ArrayList<>();
    for (int i = 0; i < chosen.length; i++) {
      all.add(edges.get(i).with(chosen[i]));
    }
    return new Circuit(sizes, all);
  }

  private static double size(CircuitEdge edge) {
    return Double.isNaN(edge.score()) ? -1 : Math.abs(edge.score());
  }

  /** {@link #top} by a share of all edges, rounded down, as MIB does. */
  public Circuit topShare(double share) {
    if (!(share >= 0 && share <= 1)) {
      throw new RunException("expected a share from 0 to 1, found " + share);
    }
    return top((int) (share * edges.size()));
  }

  /** The circuit of the edges that a rule chooses. */
  public Circuit including(Predicate<CircuitEdge> rule) {
    return new Circuit(sizes, edges.stream().map(each -> each.with(rule.test(each))).toList());
  }

  /**
   * Without edges that lead nowhere or come from nowhere: each node that is left has a way from the
   * embedding to the logits.
   */
  public Circuit pruned() {
    return including(Pruning.of(this)::contains);
  }

  /** The scores of all positions of an edge added up. */
  public Circuit summed() {
    Map<String, CircuitEdge> sums = new java.util.LinkedHashMap<>();
    for (CircuitEdge edge : edges) {
      CircuitEdge whole =
          new CircuitEdge(
              edge.source().at(CircuitNode.EVERYWHERE),
              edge.target().at(CircuitNode.EVERYWHERE),
              edge.input(),
              edge.score(),
              edge.included());
      sums.merge(
          whole.name(),
          whole,
          (a, b) -> a.with(a.score() + b.score()).with(a.included() || b.included()));
    }
    return new Circuit(sizes, List.copyOf(sums.values()));
  }

  /**
   * The same circuit for heads of keys and values that are shared, where a file names those of each
   * head of queries: their scores are added up, and one that is included includes the shared one.
   */
  public Circuit grouped(int keyValueHeads) {
    return keyValueHeads == sizes.keyValueHeads() ? this : Grouping.of(this, keyValueHeads);
  }

  /** Reads the JSON of MIB and of EAP-IG. */
  public static Circuit read(Path file) {
    try {
      return parse(Files.readString(file));
    } catch (IOException e) {
      throw new UncheckedIOException("could not read " + file, e);
    }
  }

  /** {@link #read} of a text. */
  public static Circuit parse(String json) {
    return CircuitJson.read(json);
  }

  /** Writes the JSON of MIB and of EAP-IG, which their tools read. */
  public void write(Path file) {
    try {
      Files.write(file, toJson().getBytes(StandardCharsets.UTF_8));
    } catch (IOException e) {
      throw new UncheckedIOException("could not write " + file, e);
    }
  }

  /**
   * What {@link #write} writes. It names keys and values by heads of queries: the score of a shared
   * one is divided among them.
   *
   * @throws RunException if its edges are of single positions, which these files do not have; see
   *     {@link #summed()}
   */
  public String toJson() {
    return CircuitJson.write(this);
  }

  /**
   * The edges that belong to it as a graph; {@link #top} and {@link #pruned} choose some first.
   *
   * @param tokens of the prompt, below the columns of edges of single positions; may be empty
   */
  public AttributionGraph figure(String title, List<String> tokens) {
    return CircuitGraph.of(this, title, tokens);
  }

  @Override
  public String toString() {
    List<CircuitEdge> inside = included();
    return "%s of %s edges between %s nodes%s"
        .formatted(
            inside.size(),
            edges.size(),
            nodes().size(),
            inside.isEmpty()
                ? ""
                : ": "
                    + inside.subList(0, Math.min(8, inside.size()))
                    + (inside.size() > 8 ? ", ..." : ""));
  }
}
