package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.KvCache;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.TorchOps;
import org.nnsight4j.engine.Transfer;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.tensor.Dim;

/** The modules that do not run in the current pass, for some or all of its rows. */
final class Skips {
  private final Blueprint blueprint;
  private final Network network;
  private final boolean gradients;
  private final Map<String, List<Node.Skip>> skips = new HashMap<>();
  private final Map<Integer, NDArray> values = new HashMap<>();
  private final Map<Integer, List<Node.Skip>> pending = new HashMap<>();
  private final Set<Node.Skip> happened = new LinkedHashSet<>();

  Skips(Blueprint blueprint, Network network, boolean gradients) {
    this.blueprint = blueprint;
    this.network = network;
    this.gradients = gradients;
  }

  /** Starts a pass, in which nothing is skipped yet. */
  void begin() {
    skips.clear();
    pending.clear();
    if (!gradients) {
      values.values().forEach(NDArray::close);
    }
    values.clear();
  }

  /**
   * Records that the rows of one invoker skip a module; the value is a handle that this object
   * owns.
   */
  void add(Node.Skip skip, NDArray value, Frame frame, @Nullable KvCache cache) {
    happened.add(skip);
    skips.computeIfAbsent(skip.module(), module -> new ArrayList<>()).add(skip);
    values.put(skip.id(), value);
    if (cache != null) {
      network.attentionLayers(skip.module()).forEach(layer -> frame.missing(cache, layer, skip));
    }
  }

  /** Whether a site does not exist for an invoker because a module around it is skipped. */
  boolean covers(SiteKey site, int invoker, Frame frame) {
    return skips.values().stream()
        .flatMap(List::stream)
        .anyMatch(skip -> isInside(site, skip) && frame.overlap(skip.invoker(), invoker));
  }

  private static boolean isInside(SiteKey site, Node.Skip skip) {
    return site.module().startsWith(skip.module() + ".");
  }

  /** The skipped module that contains a site, or null. */
  Node.@Nullable Skip around(SiteKey site) {
    return happened.stream().filter(skip -> isInside(site, skip)).findFirst().orElse(null);
  }

  /**
   * The replacement for a module's output if all rows skip it, or null. If only some rows do, the
   * module runs, and {@link #into} replaces the output of those.
   */
  @Nullable NDArray whole(SiteSpec input, Frame frame, Arena arena) {
    String module = input.key().module();
    List<Node.Skip> all = skips.get(module);
    SiteSpec output = blueprint.site(SiteKey.output(module));
    if (all == null || output == null) {
      return null;
    }
    boolean[] covered = new boolean[frame.rows()];
    all.forEach(skip -> frame.mark(skip.invoker(), covered));
    for (boolean row : covered) {
      if (!row) {
        pending.put(output.order(), all);
        return null;
      }
    }
    List<Dim> axes = output.meta().dims().axes();
    long[] shape = new long[axes.size()];
    for (int axis = 0; axis < shape.length; axis++) {
      Dim dim = axes.get(axis);
      shape[axis] =
          dim.is(Dim.BATCH) ? frame.rows() : dim.is(Dim.POSITION) ? frame.positions() : dim.size();
    }
    NDArray base = TorchOps.get().call(arena, "empty", Transfer.code(output.meta().dtype()), shape);
    return into(all, output, base, frame, arena);
  }

  /** Whether rows of the module whose output this is were skipped while others ran. */
  boolean pendingAt(int site) {
    return pending.containsKey(site);
  }

  /**
   * The output of a module that ran for some rows, with the output of the skipped rows replaced.
   */
  NDArray into(SiteSpec output, NDArray ran, Frame frame, Arena arena) {
    List<Node.Skip> all = pending.remove(output.order());
    return all == null ? ran : into(all, output, ran, frame, arena);
  }

  private NDArray into(
      List<Node.Skip> all, SiteSpec output, NDArray base, Frame frame, Arena arena) {
    NDArray current = base;
    TorchOps ops = TorchOps.get();
    for (Node.Skip skip : all) {
      NDArray value = values.get(skip.id());
      Frame.Window window = frame.window(skip.invoker(), output.meta().dims());
      if (value != null) {
        try (NDArray place =
                window.isWhole()
                    ? ops.call(arena, "alias", current)
                    : ops.call(
                        arena,
                        "window",
                        current,
                        window.axes(),
                        window.begins(),
                        window.lengths());
            NDArray full = ops.call(arena, "expand", value, place)) {
          current = Values.put(arena, current, window, full);
        }
      }
    }
    return current;
  }
}
