package org.nnsight4j.internal.plan;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.internal.graph.AtStep;
import org.nnsight4j.internal.graph.Blocks;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Inference;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.record.SiteShapes;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Meta;

/** The shapes of all values of a graph for inputs of known lengths; needs no weights. */
public final class ShapeScan {
  private final List<Meta> metas = new ArrayList<>();
  private final Map<SiteKey, Meta> sites = new LinkedHashMap<>();

  /**
   * Infers all shapes.
   *
   * @param rows the token counts of each invoker's rows; none for an invoker that sees all
   * @param steps the most forward passes that the run can make
   * @param cached whether later steps compute only their own position
   * @throws PlanningException if the graph cannot run on this model, with the user's line
   */
  public ShapeScan(Graph graph, Blueprint blueprint, List<int[]> rows, int steps, boolean cached) {
    Blocks blocks = new Blocks(graph.blocks());
    GraphCheck check = new GraphCheck(graph, blueprint, blocks, steps);
    assert check.moments() != null;
    SiteShapes shapes = new SiteShapes(blueprint, new RowLengths(rows, cached));
    Inference inference = new Inference(graph::node, metas::get, shapes);
    for (Node node : graph.nodes()) {
      ControlBlock.Steps loop = blocks.loop(node.id());
      try {
        metas.add(inference.of(node, loop == null ? AtStep.FIRST : AtStep.of(loop.from())));
      } catch (ShapeException e) {
        throw new PlanningException(node.location(), String.valueOf(e.getMessage()), e);
      }
    }
    SiteShapes all = new SiteShapes(blueprint, new RowLengths(List.of(joined(rows)), cached));
    for (SiteSpec site : blueprint.sites()) {
      sites.put(site.key(), all.site(site.key(), 0, AtStep.FIRST));
    }
  }

  private static int[] joined(List<int[]> rows) {
    return rows.stream().flatMapToInt(Arrays::stream).toArray();
  }

  /** The shape and data type of a node's value. */
  public Meta of(int node) {
    return metas.get(node);
  }

  /** Every site of the model, for all rows, in the pass over the prompts. */
  public Map<SiteKey, Meta> sites() {
    return Map.copyOf(sites);
  }

  /** The lengths of known inputs. */
  private record RowLengths(List<int[]> rows, boolean cached) implements SiteShapes.Lengths {
    @Override
    public long of(String axis, int invoker, AtStep at) {
      int step = at.in(0);
      int[] own = rows.get(invoker);
      int[] lengths = own.length > 0 ? own : joined(rows);
      if (axis.equals(Dim.BATCH)) {
        // Rows can end or become beams.
        return step == 0 ? lengths.length : Dim.UNKNOWN;
      }
      int longest = Arrays.stream(lengths).max().orElse(0);
      if (step == 0) {
        return longest;
      }
      return axis.equals(Dim.POSITION) && cached ? 1 : longest + step;
    }
  }
}
