package org.nnsight4j.internal.graph;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;

/** The graph of an edit in front of another: each number of a node or an invoker moves. */
final class SpliceTest {
  private static Splice splice(List<Node> nodes, List<ControlBlock> blocks) {
    return new Splice(new Graph("toy", List.of(), nodes, blocks, 0), 100, 10);
  }

  @Test
  void everyNumberMovesAndNothingElse() {
    List<Node> wanted = EachKind.moved(100, 10);
    List<Node> found = splice(EachKind.moved(0, 0), List.of()).nodes();
    assertThat(found).hasSize(wanted.size());
    for (int i = 0; i < found.size(); i++) {
      if (found.get(i) instanceof Node.HostCall call) {
        assertThat(call.id()).isEqualTo(118);
        assertThat(call.arguments()).containsExactly(101, 102).inOrder();
        assertThat(call.result()).isEqualTo(EachKind.META);
        assertThat(call.function().apply(List.of(EachKind.NUMBER))).isEqualTo(EachKind.NUMBER);
      } else {
        assertThat(found.get(i)).isEqualTo(wanted.get(i));
      }
    }
  }

  @Test
  void blocksMoveWithTheirNodes() {
    List<ControlBlock> found =
        splice(
                List.of(),
                List.of(
                    new ControlBlock.Steps(1, 5, 2, 9, EachKind.LINE),
                    new ControlBlock.Branch(2, 4, 0, false, EachKind.LINE)))
            .blocks();
    assertThat(found)
        .containsExactly(
            new ControlBlock.Steps(101, 105, 2, 9, EachKind.LINE),
            new ControlBlock.Branch(102, 104, 100, false, EachKind.LINE))
        .inOrder();
  }

  @Test
  void anEditDoesNotBelongToASession() {
    Splice splice =
        splice(List.of(new Node.Bridge(0, 0, 0, EachKind.META, EachKind.LINE)), List.of());
    assertThat(assertThrows(IllegalArgumentException.class, splice::nodes))
        .hasMessageThat()
        .startsWith("an edit cannot hold Bridge[");
  }
}
