package org.nnsight4j.processor;

import static com.google.common.truth.Truth.assertThat;

import java.lang.reflect.Constructor;
import java.lang.reflect.Method;
import java.lang.reflect.Modifier;
import java.util.Arrays;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.arch.TupleElement;
import org.nnsight4j.processor.model.Kind;
import org.nnsight4j.processor.model.RuntimeNames;

/** The processor knows the runtime by name only; here the names meet the classes. */
class RuntimeNamesTest {
  @ParameterizedTest
  @ValueSource(
      strings = {
        RuntimeNames.ARCHITECTURE,
        RuntimeNames.AT,
        RuntimeNames.INDEX,
        RuntimeNames.AXIS,
        RuntimeNames.VALUE,
        RuntimeNames.PINNED,
        RuntimeNames.SHAPE,
        RuntimeNames.HUGGING_FACE,
        RuntimeNames.MAY_BE_ABSENT,
        RuntimeNames.TUPLE_ELEMENT,
        RuntimeNames.MODEL,
        RuntimeNames.SCOPE,
        RuntimeNames.NODE
      })
  void exists(String name) throws Exception {
    assertThat(Class.forName(name).getName()).isEqualTo(name);
  }

  @ParameterizedTest
  @EnumSource
  void kindsHaveTheirWidthsAndNodes(Kind kind) throws Exception {
    Class<?> type = Class.forName(kind.qualifiedName());
    assertThat(type.getTypeParameters()).hasLength(kind.widths());
    Constructor<?> node =
        Class.forName(RuntimeNames.PACKAGE + "." + kind.nodeName())
            .getConstructor(Class.forName(RuntimeNames.SCOPE), String.class);
    assertThat(type.isAssignableFrom(node.getDeclaringClass())).isTrue();
  }

  @ParameterizedTest
  @EnumSource
  void methodsOfLayersAreReserved(Kind kind) throws Exception {
    assertThat(RuntimeNames.LAYER_METHODS)
        .containsAtLeastElementsIn(names(Class.forName(kind.qualifiedName()).getMethods()));
  }

  @ParameterizedTest
  @EnumSource
  void tuplesHaveTheirSize(Kind kind) throws Exception {
    Class<?> type = Class.forName(kind.qualifiedName());
    if (kind.tupleSize() == 0) {
      assertThat(type.getMethod("output")).isNotNull();
      return;
    }
    TupleElement element =
        type.getMethod("output", int.class).getParameters()[0].getAnnotation(TupleElement.class);
    assertThat(element.value()).isEqualTo(kind.tupleSize());
  }

  @Test
  void methodsOfModelsAreReserved() throws Exception {
    assertThat(names(Class.forName(RuntimeNames.MODEL).getMethods()))
        .containsExactly(RuntimeNames.BIND);
  }

  @Test
  void methodsOfNodesAreReserved() throws Exception {
    Set<String> signatures =
        Arrays.stream(Class.forName(RuntimeNames.NODE).getDeclaredMethods())
            .filter(method -> Modifier.isProtected(method.getModifiers()))
            .map(
                method ->
                    method.getName()
                        + Arrays.stream(method.getParameterTypes())
                            .map(Class::getName)
                            .collect(Collectors.joining(",", "(", ")")))
            .collect(Collectors.toSet());
    assertThat(signatures).isEqualTo(RuntimeNames.NODE_METHODS);
  }

  private static Set<String> names(Method[] methods) {
    return Stream.of(methods)
        .filter(method -> !Modifier.isStatic(method.getModifiers()))
        .map(Method::getName)
        .collect(Collectors.toSet());
  }
}
