package org.nnsight4j.internal.sweep;

import java.util.List;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;

/** A sweep with its graph, which can come from anywhere. */
public final class SweepRequest {
  private static final int PROMPTS = 3;
  private static final SiteKey LOGITS = SiteKey.output("");

  private SweepRequest() {}

  /**
   * The layout of a sweep.
   *
   * @throws PlanningException if the graph is not that of a sweep, or it cannot run on this model
   */
  public static SweepLayout layout(Graph graph, SweepSpec spec, Blueprint blueprint) {
    check(graph, spec);
    List<long[]> base = ids(graph, SweepSpec.CHANGED);
    List<long[]> same = ids(graph, SweepSpec.CHANGED + 1);
    if (!new Prompt.Ids(base).equals(new Prompt.Ids(same))) {
      throw new PlanningException(
          "a sweep: expected the same tokens with and without interventions, found others");
    }
    return new SweepLayout(spec, blueprint, base, ids(graph, SweepSpec.CHANGED + 2));
  }

  private static List<long[]> ids(Graph graph, int prompt) {
    if (graph.prompts().size() == PROMPTS
        && graph.prompts().get(prompt) instanceof Prompt.Ids ids) {
      return ids.ids();
    }
    throw new PlanningException(
        "a sweep: expected three prompts of token ids, found %s prompts"
            .formatted(graph.prompts().size()));
  }

  /** What a sweep would not do is refused. */
  private static void check(Graph graph, SweepSpec spec) {
    if (graph.edits() > 0 || !graph.blocks().isEmpty()) {
      throw new PlanningException("a sweep: its graph has no edits, loops or branches");
    }
    for (Node node : graph.nodes()) {
      boolean reads =
          node instanceof Node.Read read && read.site().equals(LOGITS) && read.scope().isOwnPass();
      boolean computes =
          node instanceof Node.Call
              || node instanceof Node.Constant
              || node instanceof Node.Positions
              || node instanceof Node.Save;
      if (!reads && !computes) {
        throw new PlanningException(
            node.location(),
            "a metric of a sweep computes with the logits of the last position, and does nothing else; found %s"
                .formatted(node.describe()));
      }
    }
    Integer vector = spec.vector();
    if (vector != null
        && (vector < 0
            || vector >= graph.nodes().size()
            || !(graph.node(vector) instanceof Node.Constant))) {
      throw new PlanningException("a sweep: its vector is a constant of its graph, found none");
    }
  }
}
