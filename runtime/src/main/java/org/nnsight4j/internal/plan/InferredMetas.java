package org.nnsight4j.internal.plan;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.internal.graph.AtStep;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Inference;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.record.PromptLengths;
import org.nnsight4j.internal.record.SiteShapes;
import org.nnsight4j.tensor.Meta;

/** What can be said of each value of a graph before a run, with the names of axes. */
public final class InferredMetas {
  private InferredMetas() {}

  /**
   * What is known about each node, by its id.
   *
   * @throws PlanningException if arguments do not fit, with the user's line
   */
  public static List<Meta> of(Graph graph, Blueprint blueprint) {
    List<Meta> metas = new ArrayList<>();
    SiteShapes shapes = new SiteShapes(blueprint, new PromptLengths(graph::prompts));
    Inference inference = new Inference(graph::node, metas::get, shapes);
    for (Node node : graph.nodes()) {
      try {
        metas.add(inference.of(node, AtStep.EACH));
      } catch (ShapeException e) {
        throw new PlanningException(node.location(), String.valueOf(e.getMessage()), e);
      }
    }
    return metas;
  }
}
