package org.nnsight4j.internal.graph;

import static com.google.common.truth.Truth.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.op.Arg;

/** When nodes run, on a model of two sites: {@code early} and {@code late}. */
final class MomentsTest {
  private static final SiteKey EARLY = SiteKey.output("early");
  private static final SiteKey LATE = SiteKey.output("late");

  private final Moments moments = new Moments(site -> site.equals(EARLY) ? 3 : 8);
  private int nodes;

  private Moment add(Node node, ControlBlock... around) {
    nodes++;
    return moments.add(node, List.of(around));
  }

  private Node.Read read(SiteKey site, AtStep step) {
    return new Node.Read(nodes, 0, site, step, SiteScope.OWN_PASS, false, EachKind.LINE);
  }

  private Node.Call negated(int node) {
    return new Node.Call(nodes, "neg", List.of(new Arg.Ref(node)), EachKind.LINE);
  }

  private Node.Constant constant() {
    return new Node.Constant(nodes, EachKind.NUMBER, EachKind.LINE);
  }

  private static ControlBlock.Steps loop(int begin) {
    return new ControlBlock.Steps(begin, 99, 2, 5, EachKind.LINE);
  }

  @Test
  void readsAreAtTheirSitesAndResultsAsEarlyAsTheyCan() {
    Moment late = add(read(LATE, AtStep.FIRST));
    Moment early = add(read(EARLY, AtStep.FIRST));
    Moment next = add(read(EARLY, AtStep.of(1)));
    assertThat(List.of(early.compareTo(late), late.compareTo(next))).containsExactly(-1, -1);
    assertThat(add(negated(1))).isEqualTo(early);
    assertThat(add(negated(0))).isEqualTo(late);
    assertThat(add(constant())).isEqualTo(Moment.START);
  }

  @Test
  void inALoopTheFirstIterationCounts() {
    assertThat(add(read(LATE, AtStep.EACH), loop(0)).step()).isEqualTo(2);
    assertThat(add(new Node.StepIndex(nodes, EachKind.LINE), loop(0)).step()).isEqualTo(2);
    assertThat(add(new Node.Positions(nodes, 0, AtStep.EACH, -1, EachKind.LINE), loop(0)))
        .isEqualTo(Moment.startOf(2));
    add(constant());
    add(new Node.Carry(nodes, 3, EachKind.LINE), loop(0));
    assertThat(add(new Node.LoopResult(nodes, 4, 3, EachKind.LINE))).isEqualTo(Moment.END);
    assertThat(moments.finished(0, null).step()).isEqualTo(4);
  }

  @Test
  void aBranchIsDecidedBeforeItsNodes() {
    Moment late = add(read(LATE, AtStep.FIRST));
    ControlBlock branch = new ControlBlock.Branch(1, 2, 0, true, EachKind.LINE);
    assertThat(add(negated(0), branch)).isEqualTo(late);
    Moment constant = add(constant());
    assertThat(constant).isEqualTo(Moment.START);
    assertThat(add(negated(2), branch)).isEqualTo(late);
  }

  @Test
  void aCalledModuleHasSitesOfItsOwn() {
    Moment early = add(read(EARLY, AtStep.FIRST));
    Moment after = add(new Node.Apply(nodes, 0, "late", 0, EachKind.LINE));
    Moment inside =
        add(new Node.Read(nodes, 0, LATE, AtStep.FIRST, SiteScope.inside(1), false, EachKind.LINE));
    assertThat(early.compareTo(inside)).isLessThan(0);
    assertThat(inside.compareTo(after)).isLessThan(0);
    assertThat(moments.begin(1).compareTo(inside)).isLessThan(0);
    assertThat(inside.call()).isEqualTo(1);
    assertThat(add(negated(1))).isEqualTo(after);
  }

  @Test
  void aGradientWaitsForItsReplacements() {
    Moment early = add(read(EARLY, AtStep.FIRST));
    Moment late = add(read(LATE, AtStep.FIRST));
    assertThat(add(new Node.Gradient(nodes, 0, 0, EachKind.LINE))).isEqualTo(early);
    assertThat(add(new Node.GradientWrite(nodes, 0, 0, 1, EachKind.LINE))).isEqualTo(late);
    assertThat(add(new Node.Gradient(nodes, 0, 0, EachKind.LINE))).isEqualTo(late);
  }

  @Test
  void aStopComesAfterEverythingAtItsMoment() {
    Moment late = add(read(LATE, AtStep.FIRST));
    Moment stop = add(new Node.Stop(nodes, 0, EachKind.LINE));
    assertThat(stop.compareTo(late)).isGreaterThan(0);
    assertThat(stop.step()).isEqualTo(0);
    assertThat(add(negated(0)).compareTo(stop)).isLessThan(0);
  }
}
