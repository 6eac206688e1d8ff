package org.nnsight4j.models.gpt2.descriptor;

import static com.google.common.truth.Truth.assertThat;

import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.arch.Site;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2SmallModel;

/** What an editor offers after a dot: the places that exist, and nothing else of ours. */
class CompletionTest {
  @Test
  void aBlockHasItsPartsAndAnIndexedOutput() {
    assertThat(offered(Gpt2.Block.class))
        .containsExactly(
            "apply(1)", "attn()", "input()", "ln1()", "ln2()", "mlp()", "output(1)", "skip(1)");
  }

  @Test
  void anMlpHasAnOutputWithoutIndex() {
    assertThat(offered(Gpt2.Mlp.class))
        .containsExactly(
            "act()", "apply(1)", "cFc()", "cProj()", "dropout()", "input()", "output()", "skip(1)");
  }

  @Test
  void anInnerValueHasOnlyAnOutput() {
    assertThat(offered(Site.class)).containsExactly("output()");
  }

  @Test
  void theGeneratedModelAddsBindAlone() {
    assertThat(offered(Gpt2SmallModel.class))
        .containsExactly(
            "apply(1)", "bind(1)", "input()", "lmHead()", "output()", "skip(1)", "transformer()");
  }

  private static List<String> offered(Class<?> type) {
    return Arrays.stream(type.getMethods())
        .filter(method -> !Modifier.isStatic(method.getModifiers()) && !method.isBridge())
        .filter(method -> Arrays.stream(Object.class.getMethods()).noneMatch(o -> same(o, method)))
        .map(
            method ->
                method.getName()
                    + (method.getParameterCount() == 0
                        ? "()"
                        : "(" + method.getParameterCount() + ")"))
        .distinct()
        .toList();
  }

  private static boolean same(Method first, Method second) {
    return first.getName().equals(second.getName())
        && Arrays.equals(first.getParameterTypes(), second.getParameterTypes());
  }
}
