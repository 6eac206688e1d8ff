package org.nnsight4j.internal.graph;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.util.Arrays;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;

/** The properties of each kind of node. */
final class NodeTest {
  private static final Set<String> WITHOUT_VALUE =
      Set.of("Write", "Skip", "Stop", "ParameterWrite", "GradientWrite", "Next", "Save");
  private static final Set<String> WITH_EFFECT =
      Set.of("Write", "Skip", "Stop", "ParameterWrite", "GradientWrite", "HostCall", "Save");
  private static final Set<String> OF_ROWS = Set.of("Read", "Write", "Skip", "Apply", "Positions");

  @Test
  void eachKindSaysWhatItIs() {
    Set<Class<?>> seen = new HashSet<>();
    for (Node node : EachKind.moved(0, 0)) {
      String kind = node.getClass().getSimpleName();
      seen.add(node.getClass());
      assertWithMessage(kind).that(node.hasValue()).isEqualTo(!WITHOUT_VALUE.contains(kind));
      assertWithMessage(kind).that(node.hasEffect()).isEqualTo(WITH_EFFECT.contains(kind));
      assertWithMessage(kind)
          .that(node.placed().isEmpty())
          .isEqualTo(!Set.of("Write", "Skip", "ParameterWrite").contains(kind));
      if (OF_ROWS.contains(kind)) {
        assertWithMessage(kind)
            .that(node.owner())
            .isEqualTo(Owner.of(((Node.OfRows) node).invoker()));
      } else if (!(node instanceof Node.Point)) {
        assertWithMessage(kind).that(node.owner()).isEqualTo(Owner.NOBODY);
      }
      assertThat(node.location().node()).isEqualTo(node.id());
    }
    seen.add(Node.Bridge.class); // Stands in no edit; beside the others otherwise.
    assertThat(seen).containsExactlyElementsIn(kinds(Node.class));
  }

  private static Set<Class<?>> kinds(Class<?> type) {
    Set<Class<?>> kinds = new HashSet<>();
    for (Class<?> each : type.getPermittedSubclasses()) {
      if (each.isRecord()) {
        kinds.add(each);
      } else {
        kinds.addAll(kinds(each));
      }
    }
    return kinds;
  }

  @Test
  void oneOfTwoValuesIsEnoughWhereOneIsChosen() {
    Node merge = new Node.Merge(3, 0, 1, 2, EachKind.LINE);
    assertThat(merge.isReady(happened(null, false, 0, 1, 2))).isFalse();
    assertThat(merge.isReady(happened(true, false, 0, 1))).isTrue();
    assertThat(merge.isReady(happened(false, false, 0, 1))).isFalse();
    assertThat(merge.isReady(happened(false, false, 0, 2))).isTrue();
  }

  @Test
  void aHandedOnValueReplacesTheInitialValue() {
    for (Node node :
        List.of(new Node.Carry(2, 0, EachKind.LINE), new Node.LoopResult(3, 2, 0, EachKind.LINE))) {
      assertThat(node.isReady(happened(null, false))).isFalse();
      assertThat(node.isReady(happened(null, true))).isTrue();
      assertThat(node.isReady(happened(null, false, 0))).isTrue();
    }
  }

  @Test
  void othersNeedAll() {
    Node gradient = new Node.Gradient(2, 0, 1, EachKind.LINE);
    assertThat(gradient.isReady(happened(null, false, 0))).isFalse();
    assertThat(gradient.isReady(happened(null, false, 0, 1))).isTrue();
  }

  @Test
  void aStepIsOneOrEachOfALoop() {
    assertThat(AtStep.of(3).in(7)).isEqualTo(3);
    assertThat(AtStep.EACH.in(7)).isEqualTo(7);
    assertThat(AtStep.of(3).within(AtStep.of(7))).isEqualTo(AtStep.of(3));
    assertThat(AtStep.EACH.within(AtStep.of(7))).isEqualTo(AtStep.of(7));
    assertThat(AtStep.of(3) + ", " + AtStep.EACH).isEqualTo("step 3, each step of the loop");
    assertThat(SiteScope.inside(3).isInside(3)).isTrue();
    assertThat(SiteScope.inside(3).isInside(4)).isFalse();
    assertThat(SiteScope.OWN_PASS.isInside(-1)).isFalse();
  }

  private static Node.Progress happened(
      @Nullable Boolean truth, boolean carried, Integer... nodes) {
    return new Node.Progress() {
      @Override
      public boolean has(int node) {
        return Arrays.asList(nodes).contains(node);
      }

      @Override
      public @Nullable Boolean truth(int condition) {
        return truth;
      }

      @Override
      public boolean isCarried(int carry) {
        return carried;
      }
    };
  }
}
