package org.nnsight4j.internal.share;

import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Collectors;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.LastLogits;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.tensor.Dim;

/** Which graphs can share their forward pass with others. */
public final class Sharing {
  private static final int UNKNOWN = 0;

  private final Set<SiteKey> decisive;
  private final Blueprint blueprint;

  public Sharing(Blueprint blueprint) {
    this.blueprint = blueprint;
    // Reading scores, patterns or masks makes attention run in steps, for all rows.
    this.decisive =
        blueprint.sites().stream()
            .filter(site -> site.meta().dims().find(Dim.KEY) >= 0)
            .map(SiteSpec::key)
            .collect(Collectors.toUnmodifiableSet());
  }

  /** Whether nothing in the graph needs a pass of its own. */
  public boolean isPossible(Graph graph) {
    return graph.nodes().stream().noneMatch(this::needsItsOwnPass);
  }

  private boolean needsItsOwnPass(Node node) {
    if (node instanceof Node.SiteAccess access) {
      return access.scope().isOwnPass() && decisive.contains(access.site());
    }
    return node instanceof Node.Gradient
        || node instanceof Node.GradientWrite
        || node instanceof Node.Skip
        || node instanceof Node.Stop
        || node instanceof Node.ParameterWrite
        || node instanceof Node.Bridge
        || node instanceof Node.HostCall;
  }

  /**
   * What graphs that share a pass have in common, as far as it can be known without reading texts:
   * the number of rows, and of tokens in them. Empty for graphs that have to run alone.
   */
  public Optional<String> batchKey(Graph graph) {
    List<Integer> lengths =
        graph.prompts().stream().flatMap(prompt -> lengths(prompt).stream()).distinct().toList();
    if (lengths.size() != 1 || !isPossible(graph)) {
      return Optional.empty();
    }
    int rows = graph.prompts().stream().mapToInt(Prompt::rows).sum();
    int tokens = lengths.get(0);
    String logits = LastLogits.reads(graph, blueprint).isEmpty() ? "" : ", last logits";
    return Optional.of("%s of %s%s".formatted(rows, tokens == UNKNOWN ? "text" : tokens, logits));
  }

  private static List<Integer> lengths(Prompt prompt) {
    if (prompt instanceof Prompt.Ids ids) {
      return ids.ids().stream().map(row -> row.length).toList();
    }
    return prompt instanceof Prompt.Texts texts && texts.rows() > 0 ? List.of(UNKNOWN) : List.of();
  }
}
