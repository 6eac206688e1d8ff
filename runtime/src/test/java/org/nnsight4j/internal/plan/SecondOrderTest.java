package org.nnsight4j.internal.plan;

import static com.google.common.truth.Truth.assertThat;

import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.graph.AtStep;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Moments;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.SiteScope;
import org.nnsight4j.internal.op.Arg;

/** Gradients of gradients cost more, so they are planned only where there are some. */
final class SecondOrderTest {
  private static final SourceLine LINE = new SourceLine("A", "A.java", 7);
  private static final Node READ =
      new Node.Read(0, 0, SiteKey.output("m"), AtStep.FIRST, SiteScope.OWN_PASS, false, LINE);
  private static final Node GRADIENT = new Node.Gradient(1, 0, 0, LINE);

  private static boolean isSecondOrder(Node... nodes) {
    Graph graph = new Graph("toy", List.of(), List.of(nodes), List.of(), 0);
    Moments moments = new Moments(site -> 0);
    for (Node node : nodes) {
      moments.add(node, List.of());
    }
    boolean[] needed = new boolean[nodes.length];
    Arrays.fill(needed, true);
    return SecondOrder.in(graph, moments, needed);
  }

  private static Node call(int id, String op, int of) {
    return new Node.Call(id, op, List.of(new Arg.Ref(of)), LINE);
  }

  @Test
  void aGradientOfWhatAGradientMadeIsOne() {
    assertThat(isSecondOrder(READ, GRADIENT)).isFalse();
    assertThat(
            isSecondOrder(READ, GRADIENT, call(2, "square", 1), new Node.Gradient(3, 2, 0, LINE)))
        .isTrue();
  }

  @Test
  void nothingFlowsThroughADetachedGradient() {
    assertThat(
            isSecondOrder(
                READ,
                GRADIENT,
                call(2, "detach", 1),
                call(3, "square", 2),
                new Node.Gradient(4, 3, 0, LINE)))
        .isFalse();
    assertThat(
            isSecondOrder(
                READ,
                GRADIENT,
                call(2, "detach", 1),
                call(3, "square", 1),
                new Node.Gradient(4, 3, 0, LINE)))
        .isTrue();
  }
}
