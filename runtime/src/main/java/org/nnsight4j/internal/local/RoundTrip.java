package org.nnsight4j.internal.local;

import java.util.List;
import java.util.function.Function;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.plan.Plan;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.wire.GraphFile;

/**
 * With {@code -Dnnsight4j.roundtrip=true} every run happens twice: as recorded, and from the bytes
 * that would be sent to a server; both must give the same (nnsight's {@code remote="local"}).
 */
final class RoundTrip {
  private static final boolean CHECKED = Boolean.getBoolean("nnsight4j.roundtrip");

  private RoundTrip() {}

  static Result checked(
      Graph graph, Plan plan, Function<Graph, Plan> compile, Function<Plan, Result> run) {
    boolean local = graph.nodes().stream().anyMatch(Node.HostCall.class::isInstance);
    if (!CHECKED || local) {
      return run.apply(plan);
    }
    Graph again = GraphFile.read(GraphFile.toBytes(List.of(graph))).get(0);
    if (!again.equals(graph)) {
      throw new IllegalStateException("the graph changed on its way through bytes: " + again);
    }
    Result direct = run.apply(plan);
    Result second = run.apply(compile.apply(again));
    boolean sampled = direct.generated() != null && direct.generated().seed().isPresent();
    if (!sampled && !second.saved().equals(direct.saved())) {
      throw new IllegalStateException("the graph gives other numbers after its way through bytes");
    }
    return direct;
  }
}
