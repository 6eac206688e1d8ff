package org.nnsight4j.internal.share;

import java.util.List;
import java.util.Optional;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.internal.decode.ResolvedOptions;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/**
 * Which runs of generation can share the pass of each token with others. What they read and write
 * there must belong to their rows, and must not change how the pass computes.
 */
public final class Joining {
  private final Blueprint blueprint;

  public Joining(Blueprint blueprint) {
    this.blueprint = blueprint;
  }

  /** Why a request has to run alone, in words that follow "because"; empty if it can join. */
  public Optional<String> whyAlone(List<RequestedRun> runs) {
    if (runs.size() != 1 || runs.get(0).when() != null) {
      return Optional.of("it is a session of several runs");
    }
    if (!(runs.get(0).kind() instanceof RunKind.Generate)) {
      return Optional.of("it generates nothing");
    }
    return whyAlone(runs.get(0).graph());
  }

  /** Why options need passes of their own. */
  public static Optional<String> whyAlone(ResolvedOptions options) {
    if (options.numBeams() > 1) {
      return Optional.of("its beams change places at each token");
    }
    if (!options.useCache()) {
      return Optional.of("it uses no cache");
    }
    return options.maxNewTokens() < 2
        ? Optional.of("it has one token, which comes from its prompt")
        : Optional.empty();
  }

  private Optional<String> whyAlone(Graph graph) {
    return graph.nodes().stream().flatMap(node -> whyAlone(node).stream()).findFirst();
  }

  private Optional<String> whyAlone(Node node) {
    if (node instanceof Node.Gradient || node instanceof Node.GradientWrite) {
      return Optional.of("it takes gradients");
    } else if (node instanceof Node.Skip) {
      return Optional.of("it skips modules");
    } else if (node instanceof Node.Stop) {
      return Optional.of("it stops in a pass");
    } else if (node instanceof Node.ParameterWrite) {
      return Optional.of("it has parameters of its own");
    } else if (node instanceof Node.Bridge || node instanceof Node.HostCall) {
      return Optional.of("it needs what is outside of the run");
    }
    return node instanceof Node.SiteAccess access && access.scope().isOwnPass()
        ? whyAlone(access)
        : Optional.empty();
  }

  private Optional<String> whyAlone(Node.SiteAccess access) {
    SiteSpec site = blueprint.site(access.site());
    if (site == null) {
      return Optional.empty();
    }
    Dims dims = site.meta().dims();
    if (dims.find(Dim.KEY) >= 0) {
      return Optional.of("%s makes attention run in steps".formatted(access.site()));
    } else if (dims.find(Dim.BATCH) < 0) {
      return Optional.of("%s is not of single rows".formatted(access.site()));
    }
    DType type = site.meta().dtype();
    return access instanceof Node.Write && !type.isFloating()
        ? Optional.of("what is written to %s can fail the pass".formatted(access.site()))
        : Optional.empty();
  }
}
