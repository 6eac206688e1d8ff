package org.nnsight4j.internal.op;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.lang.reflect.Method;
import java.util.Arrays;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.values.Creation;
import org.nnsight4j.values.Value;

/** The methods in docs/operations.md can be called as written there. */
final class DocumentedMethodsTest {
  private static final Pattern CALL = Pattern.compile("(?:^|, |\\.)(\\w+)\\(([^()]*)\\)");

  static Stream<Op> operations() {
    return OpTable.all().stream();
  }

  @ParameterizedTest
  @MethodSource("operations")
  void canBeCalled(Op op) {
    Matcher calls = CALL.matcher(op.method());
    int read = 0;
    while (calls.find()) {
      read += calls.group().length();
      List<String> arguments =
          calls.group(2).isEmpty() ? List.of() : List.of(calls.group(2).split(", "));
      assertWithMessage("%s of %s", calls.group(), op)
          .that(isThere(calls.group(1), arguments))
          .isTrue();
    }
    assertWithMessage("all of %s", op.method()).that(read).isEqualTo(op.method().length());
  }

  /** The other way round of the test itself: it would notice. */
  @Test
  void noticesMissingMethods() {
    assertThat(isThere("zeros", List.of("dtype", "2.0", "3"))).isFalse();
    assertThat(isThere("sum", List.of("true", "axis"))).isFalse();
    assertThat(isThere("eye", List.of("rows", "columns", "dtype", "layout"))).isFalse();
    assertThat(isThere("sums", List.of("axis"))).isFalse();
  }

  private static boolean isThere(String name, List<String> arguments) {
    return Stream.of(Value.class, Creation.class)
        .flatMap(type -> Arrays.stream(type.getMethods()))
        .filter(method -> method.getName().equals(name))
        .filter(method -> method.getExceptionTypes().length == 0)
        .anyMatch(method -> takes(method, arguments));
  }

  private static boolean takes(Method method, List<String> arguments) {
    Class<?>[] parameters = method.getParameterTypes();
    int fixed = method.isVarArgs() ? parameters.length - 1 : parameters.length;
    if (arguments.size() < fixed || (arguments.size() > fixed && !method.isVarArgs())) {
      return false;
    }
    for (int i = 0; i < arguments.size(); i++) {
      Class<?> parameter = i < fixed ? parameters[i] : parameters[fixed].getComponentType();
      if (!isA(arguments.get(i), parameter)) {
        return false;
      }
    }
    return true;
  }

  /** A number, a truth value, or a word that says what to give. */
  private static boolean isA(String argument, Class<?> parameter) {
    if (argument.matches("-?\\d+\\.\\d+")) {
      return parameter == double.class;
    } else if (argument.matches("-?\\d+")) {
      return parameter == int.class || parameter == long.class || parameter == double.class;
    } else if (argument.equals("true")) {
      return parameter == boolean.class;
    } else if (argument.equals("dtype")) {
      return parameter == DType.class;
    } else if (argument.equals("axis")) {
      return parameter == int.class;
    }
    return parameter != boolean.class
        || List.of("nans", "right", "largest", "descending").contains(argument);
  }
}
