package org.nnsight4j.internal.graph;

import java.util.List;

/**
 * A finished recording: plain data.
 *
 * @param architecture the model_type it was recorded for
 * @param prompts one for each invoker, in order
 * @param nodes in the order of recording; a node's id is its index
 * @param blocks loops and branches
 * @param edits how many nodes at the front come from edits of the model
 */
public record Graph(
    String architecture,
    List<Prompt> prompts,
    List<Node> nodes,
    List<ControlBlock> blocks,
    int edits) {
  public Graph {
    prompts = List.copyOf(prompts);
    nodes = List.copyOf(nodes);
    blocks = List.copyOf(blocks);
  }

  /** This recording with other prompts; there must be as many. */
  public Graph with(List<Prompt> others) {
    return new Graph(architecture, others, nodes, blocks, edits);
  }

  public Node node(int id) {
    return nodes.get(id);
  }
}
