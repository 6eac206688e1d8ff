package org.nnsight4j.internal.plan;

import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.graph.AtStep;
import org.nnsight4j.internal.graph.Blocks;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Moment;
import org.nnsight4j.internal.graph.Moments;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.graph.SiteScope;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/** Checks whether a graph can run on a model, including what recording cannot know for certain. */
final class GraphCheck {
  /** Each nesting level makes moments longer. */
  private static final int DEEPEST = 64;

  private final Graph graph;
  private final Blueprint blueprint;
  private final Blocks blocks;
  private final int steps;
  private final Moments moments;

  GraphCheck(Graph graph, Blueprint blueprint, Blocks blocks, int steps) {
    this.graph = graph;
    this.blueprint = blueprint;
    this.blocks = blocks;
    this.steps = steps;
    this.moments = new Moments(blueprint::order);
    if (!graph.architecture().equals(blueprint.architecture())) {
      throw new PlanningException(
          "the graph was recorded for '%s', this model is '%s'"
              .formatted(graph.architecture(), blueprint.architecture()));
    }
    for (ControlBlock block : graph.blocks()) {
      if (block instanceof ControlBlock.Steps loop
          && loop.from() >= steps
          && loop.begin() >= graph.edits()) {
        throw new PlanningException(
            Location.at(loop.line()),
            "the loop over %s can never begin: the run makes at most %s, steps 0 to %s"
                .formatted(loop, steps, steps - 1));
      }
    }
    graph.prompts().forEach(this::checkIds);
    graph.nodes().forEach(this::add);
  }

  /**
   * Recorded prompts were checked when they were given; those that were sent or read from a file
   * are checked here.
   */
  private void checkIds(Prompt prompt) {
    if (!(prompt instanceof Prompt.Ids ids)) {
      return;
    }
    for (long[] row : ids.ids()) {
      for (long id : row) {
        if (id < 0 || id >= blueprint.vocabularySize()) {
          throw new PlanningException(
              "a prompt has the token %s, outside the vocabulary: 0 to %s"
                  .formatted(id, blueprint.vocabularySize() - 1));
        }
      }
    }
  }

  private void add(Node node) {
    List<ControlBlock> around = blocks.around(node.id());
    if (node instanceof Node.SiteAccess access) {
      checkSite(access.site(), access.scope(), access.line());
    } else if (node instanceof Node.Skip skip) {
      checkSite(SiteKey.input(skip.module()), SiteScope.OWN_PASS, skip.line());
    }
    if (node instanceof Node.Parameter parameter) {
      checkParameter(parameter.name(), parameter.line());
    } else if (node instanceof Node.ParameterWrite write) {
      checkParameter(write.name(), write.line());
    }
    if (node instanceof Node.Stepped stepped && stepped.step() instanceof AtStep.One one) {
      checkStep(one.number(), stepped.line());
    }
    Moment moment = moments.add(node, around);
    if (moment.depth() > DEEPEST) {
      throw new PlanningException(
          node.location(),
          "expected modules applied inside one another at most %s deep, found more"
              .formatted(DEEPEST));
    }
    if (node instanceof Node.Stop && moment.step() == Moment.END.step()) {
      throw new PlanningException(node.location(), "the run cannot be stopped after its last step");
    }
    Moment ready = moments.needed(node).later(moments.decided(around));
    if (!node.placed().isEmpty() && ready.compareTo(moment) > 0) {
      throw new PlanningException(
          node.location(),
          "the value %s at step %s exists only later".formatted(node.placed(), moment.step()));
    }
  }

  private void checkSite(SiteKey key, SiteScope scope, SourceLine line) {
    boolean named =
        scope instanceof SiteScope.Inside inside && graph.node(inside.node()) instanceof Node.Point;
    if (!named && blueprint.site(key) == null) {
      throw new PlanningException(Location.at(line), "this model has no site %s".formatted(key));
    }
  }

  private void checkParameter(String name, SourceLine line) {
    if (blueprint.parameterShape(name) == null) {
      throw new PlanningException(
          Location.at(line), "this model has no parameter %s".formatted(name));
    }
  }

  private void checkStep(int step, SourceLine line) {
    if (step >= steps) {
      throw new PlanningException(
          Location.at(line),
          "step %s can never happen: the run makes at most %s, steps 0 to %s"
              .formatted(step, steps, steps - 1));
    }
  }

  Moments moments() {
    return moments;
  }

  /** The shape of each named value, with the names of its axes. */
  Map<Integer, Dims> points() {
    Map<Integer, Dims> points = new HashMap<>();
    if (graph.nodes().stream().noneMatch(Node.Point.class::isInstance)) {
      return points;
    }
    List<Meta> metas = InferredMetas.of(graph, blueprint);
    for (Node node : graph.nodes()) {
      if (node instanceof Node.Point) {
        points.put(node.id(), metas.get(node.id()).dims());
      }
    }
    return points;
  }
}
