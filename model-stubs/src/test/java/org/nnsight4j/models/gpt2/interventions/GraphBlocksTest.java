package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.graph.Blocks;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.wire.GraphJson;
import org.nnsight4j.models.gpt2.Probe;

/** Loops and branches of a graph that comes from elsewhere. */
final class GraphBlocksTest {
  private static final SourceLine LINE = SourceLine.UNKNOWN;

  private static ControlBlock steps(int begin, int end) {
    return new ControlBlock.Steps(begin, end, 0, 2, LINE);
  }

  private static ControlBlock branch(int begin, int end) {
    return new ControlBlock.Branch(begin, end, 0, true, LINE);
  }

  private static void read(ControlBlock... blocks) {
    List<Node> nodes = new ArrayList<>();
    for (int id = 0; id < 20; id++) {
      nodes.add(new Node.Constant(id, Probe.floats(1), LINE));
    }
    Graph graph = new Graph("gpt2", List.of(new Prompt.Whole()), nodes, List.of(blocks), 0);
    assertThat(GraphJson.read(GraphJson.write(List.of(graph)))).containsExactly(graph);
  }

  @ParameterizedTest
  @CsvSource({"2, 8, 5, 12", "5, 12, 2, 8", "2, 8, 7, 9"})
  void thatCross(int begin, int end, int otherBegin, int otherEnd) {
    SerializationException error =
        assertThrows(
            SerializationException.class,
            () -> read(steps(begin, end), branch(otherBegin, otherEnd)));
    assertThat(error).hasMessageThat().contains("neither inside another block nor apart");
  }

  @ParameterizedTest
  @CsvSource({"2, 12, 5, 8", "5, 8, 2, 12", "2, 12, 2, 12"})
  void loopsInLoops(int begin, int end, int otherBegin, int otherEnd) {
    SerializationException error =
        assertThrows(
            SerializationException.class,
            () -> read(steps(begin, end), branch(2, 12), steps(otherBegin, otherEnd)));
    assertThat(error).hasMessageThat().contains("cannot be inside another");
  }

  @Test
  void thatAreNestedOrDisjoint() {
    ControlBlock outer = branch(1, 12);
    ControlBlock loop = steps(2, 8);
    ControlBlock inner = branch(3, 5);
    ControlBlock apart = steps(12, 15);
    read(outer, loop, inner, apart);
    Blocks blocks = new Blocks(List.of(apart, inner, outer, loop));
    assertThat(blocks.around(0)).isEmpty();
    assertThat(blocks.around(4)).containsExactly(outer, loop, inner).inOrder();
    assertThat(blocks.around(6)).containsExactly(outer, loop).inOrder();
    assertThat(blocks.around(11)).containsExactly(outer);
    assertThat(blocks.around(12)).containsExactly(apart);
    assertThat(blocks.around(15)).isEmpty();
  }
}
