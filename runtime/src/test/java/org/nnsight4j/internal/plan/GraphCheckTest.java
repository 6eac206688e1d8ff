package org.nnsight4j.internal.plan;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.graph.AtStep;
import org.nnsight4j.internal.graph.Blocks;
import org.nnsight4j.internal.graph.ControlBlock;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Moment;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Owner;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.graph.SiteScope;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/** Whether a graph fits a model of two modules, and a run of two steps. */
final class GraphCheckTest {
  private static final SourceLine LINE = new SourceLine("A", "A.java", 7);
  private static final Dims DIMS =
      new Dims(List.of(Dim.unknown(Dim.BATCH), Dim.unknown(Dim.POSITION)));
  private static final Blueprint MODEL =
      Blueprint.of("toy")
          .vocabularySize(5)
          .module("early", "Early", true)
          .module("late", "Late", true)
          .input("early", DIMS, DType.FLOAT32)
          .output("early", DIMS)
          .input("late", DIMS, DType.FLOAT32)
          .output("late", DIMS)
          .build();

  private static GraphCheck check(List<ControlBlock> blocks, Node... nodes) {
    Prompt prompt = new Prompt.Ids(List.of(new long[] {1, 2, 4}));
    Graph graph = new Graph("toy", List.of(prompt), List.of(nodes), blocks, 0);
    return new GraphCheck(graph, MODEL, new Blocks(blocks), 2);
  }

  private static String refused(Node... nodes) {
    PlanningException e = assertThrows(PlanningException.class, () -> check(List.of(), nodes));
    assertThat(e).hasMessageThat().contains("A.java:7");
    return e.getMessage();
  }

  private static Node.Read read(int id, String module, AtStep step) {
    return new Node.Read(id, 0, SiteKey.output(module), step, SiteScope.OWN_PASS, false, LINE);
  }

  private static Node.Write write(int id, String module, int step, int value) {
    return new Node.Write(
        id, 0, SiteKey.output(module), AtStep.of(step), SiteScope.OWN_PASS, value, LINE);
  }

  @Test
  void aGraphThatFitsHasItsMoments() {
    GraphCheck check = check(List.of(), read(0, "early", AtStep.of(1)), write(1, "late", 1, 0));
    assertThat(check.moments().of(0).step()).isEqualTo(1);
    assertThat(check.moments().of(0).compareTo(check.moments().of(1))).isLessThan(0);
  }

  @Test
  void aStepThatNeverHappensIsRefusedEverywhere() {
    String never = "step 2 can never happen: the run makes at most 2, steps 0 to 1";
    assertThat(refused(read(0, "early", AtStep.of(2)))).contains(never);
    assertThat(refused(read(0, "early", AtStep.FIRST), write(1, "late", 2, 0))).contains(never);
    assertThat(
            refused(
                read(0, "early", AtStep.FIRST), new Node.Skip(1, 0, "late", AtStep.of(2), 0, LINE)))
        .contains(never);
    assertThat(refused(new Node.Positions(0, 0, AtStep.of(2), -1, LINE))).contains(never);
  }

  @Test
  void eachStepOfALoopIsNotAStepOfItsOwn() {
    List<ControlBlock> loop = List.of(new ControlBlock.Steps(0, 1, 1, 9, LINE));
    assertThat(check(loop, read(0, "early", AtStep.EACH)).moments().of(0).step()).isEqualTo(1);
  }

  @Test
  void aSiteThatTheModelLacksIsRefused() {
    assertThat(refused(read(0, "later", AtStep.FIRST))).contains("this model has no site later");
    assertThat(
            refused(
                read(0, "early", AtStep.FIRST),
                new Node.Skip(1, 0, "later", AtStep.FIRST, 0, LINE)))
        .contains("this model has no site later");
  }

  @Test
  void aValueWithANameIsASite() {
    GraphCheck check =
        check(
            List.of(),
            read(0, "early", AtStep.FIRST),
            new Node.Point(1, Owner.NOBODY, "mine", 0, LINE),
            new Node.Read(
                2, 0, SiteKey.output("mine"), AtStep.FIRST, SiteScope.inside(1), false, LINE));
    assertThat(check.points().get(1).rank()).isEqualTo(2);
  }

  @Test
  void aValueThatExistsTooLateIsNotWritten() {
    assertThat(refused(read(0, "late", AtStep.FIRST), write(1, "early", 0, 0)))
        .contains("the value written to early.output at step 0 exists only later");
    assertThat(
            refused(
                read(0, "late", AtStep.FIRST), new Node.Skip(1, 0, "early", AtStep.FIRST, 0, LINE)))
        .contains("the value that early is skipped with at step 0 exists only later");
  }

  @Test
  void aRunIsNotStoppedAfterItsEnd() {
    List<ControlBlock> loop = List.of(new ControlBlock.Steps(1, 3, 0, 2, LINE));
    PlanningException e =
        assertThrows(
            PlanningException.class,
            () ->
                check(
                    loop,
                    read(0, "early", AtStep.FIRST),
                    new Node.Carry(1, 0, LINE),
                    new Node.Next(2, 1, 1, LINE),
                    new Node.LoopResult(3, 1, 0, LINE),
                    new Node.Stop(4, 3, LINE)));
    assertThat(e).hasMessageThat().contains("the run cannot be stopped after its last step");
    assertThat(Moment.END.step()).isGreaterThan(2);
  }

  @Test
  void tokensOutsideTheVocabularyAreRefused() {
    Graph graph =
        new Graph("toy", List.of(new Prompt.Ids(List.of(new long[] {5}))), List.of(), List.of(), 0);
    PlanningException e =
        assertThrows(
            PlanningException.class, () -> new GraphCheck(graph, MODEL, new Blocks(List.of()), 2));
    assertThat(e)
        .hasMessageThat()
        .contains("a prompt has the token 5, outside the vocabulary: 0 to 4");
  }
}
