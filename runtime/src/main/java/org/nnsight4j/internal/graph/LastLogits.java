package org.nnsight4j.internal.graph;

import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.internal.op.Arg;
import org.nnsight4j.internal.shape.SliceCodes;
import org.nnsight4j.tensor.Dim;

/**
 * Whether a graph uses only the logits of the last position, as metrics of patching do: then a pass
 * unembeds that position alone.
 */
public final class LastLogits {
  /** The axis of positions. */
  public static final int AXIS = 1;

  /** The last position, as users write it. */
  private static final long LAST = -1;

  private LastLogits() {}

  /** The sites of logits: of the unembedding, and of the whole model. */
  public static Set<SiteKey> sites(Blueprint blueprint) {
    DecoderPlaces places = blueprint.decoder();
    return places == null
        ? Set.of()
        : Set.of(SiteKey.output(places.unembedding()), SiteKey.output(""));
  }

  /** The reads of logits, if only their last position is used; empty if more is, or nothing. */
  public static Set<Integer> reads(Graph graph, Blueprint blueprint) {
    DecoderPlaces places = blueprint.decoder();
    if (places == null) {
      return Set.of();
    }
    Set<SiteKey> sites = sites(blueprint);
    if (!sites.stream().allMatch(site -> hasPositions(blueprint, site))) {
      return Set.of();
    }
    Set<Integer> reads = new HashSet<>();
    for (Node node : graph.nodes()) {
      if (node instanceof Node.Read read && isLogits(read, sites)) {
        reads.add(read.id());
      } else if (changes(node, sites, places)
          || node.needs().stream().anyMatch(reads::contains) && !takesLast(graph, node, reads)) {
        return Set.of();
      }
    }
    return Set.copyOf(reads);
  }

  private static boolean hasPositions(Blueprint blueprint, SiteKey key) {
    SiteSpec site = blueprint.site(key);
    return site != null && site.meta().dims().find(Dim.POSITION) == AXIS;
  }

  private static boolean isLogits(Node.SiteAccess access, Set<SiteKey> sites) {
    return access.scope().isOwnPass() && sites.contains(access.site());
  }

  /** Whether a node replaces logits, or shows or replaces what they are made of. */
  private static boolean changes(Node node, Set<SiteKey> sites, DecoderPlaces places) {
    if (node instanceof Node.Skip skip) {
      return skip.module().isEmpty() || skip.module().equals(places.unembedding());
    }
    return node instanceof Node.SiteAccess access
        && access.scope().isOwnPass()
        && (sites.contains(access.site())
            || access.site().equals(SiteKey.input(places.unembedding())));
  }

  private static boolean takesLast(Graph graph, Node node, Set<Integer> reads) {
    if (!(node instanceof Node.Call call)
        || !(call.args().get(0) instanceof Arg.Ref value)
        || !reads.contains(value.node())
        || call.needs().stream().filter(reads::contains).count() > 1) {
      return false;
    }
    List<Arg> args = call.args();
    return switch (call.op()) {
      case "get" -> args.get(1) instanceof Arg.Ints codes && isLast(codes.toArray());
      case "at" ->
          args.get(1) instanceof Arg.Ref index
              && graph.node(index.node()) instanceof Node.Positions positions
              && positions.position() == LAST
              && args.get(2) instanceof Arg.Int along
              && along.value() == AXIS;
      default -> false;
    };
  }

  /** Whether an index takes the last position, or the range from there to the end. */
  private static boolean isLast(long[] codes) {
    int axis = 0;
    for (int i = 0; i < codes.length; i += 4) {
      if (codes[i] == SliceCodes.NEW_AXIS) {
        continue;
      }
      if (axis++ == AXIS) {
        return codes[i + 1] == LAST
            && (codes[i] == SliceCodes.AT || codes[i + 2] == SliceCodes.END && codes[i + 3] == 1);
      }
    }
    return false;
  }
}
