package org.nnsight4j.internal.plan;

import static com.google.common.truth.Truth.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.graph.AtStep;
import org.nnsight4j.internal.graph.Blocks;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.SiteScope;
import org.nnsight4j.tensor.Tensor;

/** Nodes that are not needed do not run. */
final class NeedsTest {
  private static final SourceLine LINE = new SourceLine("A", "A.java", 7);

  private static Node.Read read(int id, SiteScope scope) {
    return new Node.Read(id, 0, SiteKey.output("m"), AtStep.FIRST, scope, false, LINE);
  }

  private static Node.Constant constant(int id) {
    return new Node.Constant(id, Tensor.scalar(1), LINE);
  }

  private static Needs needs(List<ControlBlock> blocks, Node... nodes) {
    return new Needs(new Graph("toy", List.of(), List.of(nodes), blocks, 0), new Blocks(blocks));
  }

  @Test
  void anUnusedValueIsLeftOut() {
    Needs needs =
        needs(
            List.of(),
            read(0, SiteScope.OWN_PASS),
            read(1, SiteScope.OWN_PASS),
            new Node.Gradient(2, 0, 0, LINE),
            new Node.Save(3, 0, LINE));
    assertThat(needs.needed()).isEqualTo(new boolean[] {true, false, false, true});
    assertThat(needs.uses()).isEqualTo(new int[] {1, 0, 0, 0});
  }

  @Test
  void aBranchNeedsItsConditionAndAReadItsCall() {
    Needs needs =
        needs(
            List.of(new ControlBlock.Branch(3, 5, 0, true, LINE)),
            constant(0),
            constant(1),
            new Node.Apply(2, 0, "m", 1, LINE),
            read(3, SiteScope.inside(2)),
            new Node.Save(4, 3, LINE));
    assertThat(needs.needed()).isEqualTo(new boolean[] {true, true, true, true, true});
  }

  @Test
  void aWriteInsideACallHappensOnlyIfTheCallDoes() {
    Node write =
        new Node.Write(2, 0, SiteKey.output("m"), AtStep.FIRST, SiteScope.inside(1), 0, LINE);
    Node apply = new Node.Apply(1, 0, "m", 0, LINE);
    assertThat(needs(List.of(), constant(0), apply, write).needed())
        .isEqualTo(new boolean[] {false, false, false});
    assertThat(needs(List.of(), constant(0), apply, write, new Node.Save(3, 1, LINE)).needed())
        .isEqualTo(new boolean[] {true, true, true, true});
  }

  @Test
  void aCarryNeedsWhatTheIterationBeforeHandsOn() {
    List<ControlBlock> loop = List.of(new ControlBlock.Steps(1, 4, 0, 5, LINE));
    Node carry = new Node.Carry(1, 0, LINE);
    Node next = new Node.Next(3, 1, 2, LINE);
    assertThat(needs(loop, constant(0), carry, constant(2), next).needed())
        .isEqualTo(new boolean[] {false, false, false, false});
    Node result = new Node.LoopResult(4, 1, 0, LINE);
    assertThat(
            needs(loop, constant(0), carry, constant(2), next, result, new Node.Save(5, 4, LINE))
                .needed())
        .isEqualTo(new boolean[] {true, true, true, true, true, true});
  }
}
