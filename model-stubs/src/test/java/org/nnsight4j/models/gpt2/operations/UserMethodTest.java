package org.nnsight4j.models.gpt2.operations;

import static com.google.common.truth.Truth.assertWithMessage;

import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.op.Op;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Creation;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** The methods that the table names exist, and give what the operation gives, in a real run. */
final class UserMethodTest {
  private static final int CASES = 12;

  private record Case(List<Object> args, Saved<?> saved) {}

  static Stream<Op> operations() {
    return OpTable.all().stream();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("operations")
  void methodsExist(Op op) {
    Set<String> names =
        Stream.of(Value.class, Creation.class)
            .flatMap(type -> Arrays.stream(type.getMethods()))
            .map(Method::getName)
            .collect(Collectors.toSet());
    assertWithMessage("methods of %s", op).that(op.method()).isNotEmpty();
    for (String method : op.method().split("\\), ")) {
      assertWithMessage("%s of %s", method, op)
          .that(names)
          .contains(method.substring(0, method.indexOf('(')));
    }
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("operations")
  void equalsTheOperation(Op op) {
    List<List<Object>> all = OperationTable.ENTRIES.get(op.name()).cases();
    int skip = Math.max(1, all.size() / 40);
    List<Case> cases =
        Probe.trace(
            model -> {
              Value<?> any = model.transformer().wte().output();
              List<Case> recorded = new ArrayList<>();
              for (int i = 0; i < all.size() && recorded.size() < CASES; i += skip) {
                if (UserMethods.says(op, all.get(i)) && accepted(op, all.get(i))) {
                  List<Object> values = all.get(i).stream().map(arg -> value(any, arg)).toList();
                  recorded.add(new Case(all.get(i), UserMethods.call(op, any, values).save()));
                }
              }
              return recorded;
            });
    for (Case each : cases) {
      Tensor expected = OperationTest.run(op.name(), each.args);
      Tensor found = each.saved.value();
      assertWithMessage("%s: data type", op).that(found.dtype()).isEqualTo(expected.dtype());
      Probe.assertClose(op.name(), finite(found), finite(expected), 1e-6);
    }
    boolean byHand = UserMethods.BY_HAND.contains(op.name());
    assertWithMessage("cases of %s", op).that(cases.isEmpty()).isEqualTo(byHand);
  }

  static boolean accepted(Op op, List<Object> args) {
    try {
      OperationTest.predict(op.name(), args);
      return true;
    } catch (ShapeException e) {
      return false;
    }
  }

  static Object value(Value<?> any, Object arg) {
    if (arg instanceof List<?> list) {
      return list.stream().map(each -> value(any, each)).toList();
    }
    return arg instanceof Tensor tensor ? any.constant(tensor) : arg;
  }

  /** With large numbers in place of what is none, so that they can be compared. */
  static Tensor finite(Tensor tensor) {
    double[] data = tensor.toDoubleArray();
    for (int i = 0; i < data.length; i++) {
      data[i] =
          Double.isNaN(data[i])
              ? 12345
              : Double.isInfinite(data[i]) ? Math.signum(data[i]) * 1e5 : data[i];
    }
    return Tensor.of(data, tensor.shape());
  }
}
