package org.nnsight4j.plan;

import java.util.List;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.graph.Graph;
import org.nnsight4j.graph.Moment;
import org.nnsight4j.graph.Node;
import org.nnsight4j.graph.SiteKey;
import org.nnsight4j.graph.SourceLine;

/** When each node of a graph can run; also checks what recording cannot know for sure. */
final class Moments {
  private final Graph graph;
  private final Blueprint blueprint;
  private final int steps;

  Moments(Graph graph, Blueprint blueprint, int steps) {
    this.graph = graph;
    this.blueprint = blueprint;
    this.steps = steps;
  }

  Moment[] compute() {
    if (!graph.architecture().equals(blueprint.architecture())) {
      throw new PlanningException(
          "the graph was recorded for '%s', this model is '%s'"
              .formatted(graph.architecture(), blueprint.architecture()));
    }
    Moment[] moments = new Moment[graph.nodes().size()];
    for (Node node : graph.nodes()) {
      moments[node.id()] = moment(node, latest(moments, node.needs()));
    }
    return moments;
  }

  private Moment moment(Node node, Moment arguments) {
    if (node instanceof Node.Read read) {
      return at(read.site(), read.step(), read.line());
    } else if (node instanceof Node.Write write) {
      Moment moment = at(write.site(), write.step(), write.line());
      if (arguments.compareTo(moment) > 0) {
        throw new PlanningException(
            "the value written to %s at step %d exists only later (at %s)"
                .formatted(write.site(), write.step(), write.line()));
      }
      return moment;
    } else if (node instanceof Node.Positions positions) {
      checkStep(positions.step(), positions.line());
      return Moment.startOf(positions.step());
    } else if (node instanceof Node.Apply) {
      // A module needs the geometry of a pass, also for a constant.
      return arguments.later(Moment.startOf(0));
    }
    return arguments;
  }

  private Moment at(SiteKey key, int step, SourceLine line) {
    SiteSpec site = blueprint.site(key);
    if (site == null) {
      throw new PlanningException("this model has no site %s (at %s)".formatted(key, line));
    }
    checkStep(step, line);
    return new Moment(step, site.order());
  }

  private void checkStep(int step, SourceLine line) {
    if (step >= steps) {
      throw new PlanningException(
          "step %d can never happen: the run makes at most %d, steps 0 to %d (at %s)"
              .formatted(step, steps, steps - 1, line));
    }
  }

  private static Moment latest(Moment[] moments, List<Integer> nodes) {
    Moment latest = Moment.START;
    for (int node : nodes) {
      latest = latest.later(moments[node]);
    }
    return latest;
  }
}
