package org.nnsight4j.internal.graph;

import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.nnsight4j.tensor.Tensor;

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

  /**
   * This recording with other numbers for some constants.
   *
   * @param numbers by the id of the constant's node
   */
  public Graph withConstants(Map<Integer, Tensor> numbers) {
    if (numbers.isEmpty()) {
      return this;
    }
    List<Node> replaced = new ArrayList<>(nodes);
    numbers.forEach(
        (id, tensor) -> replaced.set(id, new Node.Constant(id, tensor, nodes.get(id).line())));
    return new Graph(architecture, prompts, replaced, blocks, edits);
  }

  public Node node(int id) {
    return nodes.get(id);
  }
}
