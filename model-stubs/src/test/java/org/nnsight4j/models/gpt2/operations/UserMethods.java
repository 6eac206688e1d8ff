package org.nnsight4j.models.gpt2.operations;

import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Eager;
import org.nnsight4j.internal.eager.EagerValue;
import org.nnsight4j.internal.graph.Beginnings;
import org.nnsight4j.internal.op.Op;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Creation;
import org.nnsight4j.values.Value;

/**
 * Calls an operation as a user does: by the method that the table of operations names, found by
 * name and kinds of arguments; by hand where a method's arguments are not those of the operation.
 */
final class UserMethods {
  /** Recorded with arguments that are not the user's own; other tests call these. */
  static final Set<String> BY_HAND =
      Set.of("get", "put", "at", "put_at", "fill_padding", "mean_tokens");

  private UserMethods() {}

  /** Whether a method can say this; some arguments of operations have no parameter. */
  static boolean says(Op op, List<Object> args) {
    Object last = args.get(args.size() - 1);
    return switch (op.name()) {
      case "get", "put", "at", "put_at", "fill_padding", "mean_tokens" -> false;
      case "norm_p", "argmax", "argmin", "median_values", "median_indices" ->
          !(boolean) args.get(2);
      case "linspace", "uniform", "normal" -> last.equals("FLOAT32");
      case "nll" -> last.equals(-100L);
      // With floating bounds on floating values, with whole ones on others.
      case "clamp_min_int", "clamp_max_int" -> !((Tensor) args.get(0)).dtype().isFloating();
      default ->
          // An integer keeps integers whole.
          !(op.name().endsWith("_real")
              && args.get(0) instanceof Tensor tensor
              && !tensor.dtype().isFloating()
              && last instanceof Double number
              && number == Math.rint(number));
    };
  }

  /**
   * Records a call that a method {@link #says}.
   *
   * @param any a value of the recording, from which constants are made
   */
  static Value<?> call(Op op, Value<?> any, List<Object> args) {
    List<Object> rest = args.subList(1, args.size());
    Object first = args.get(0);
    String name = op.name();
    return switch (name) {
      case "sum", "nansum", "mean", "prod", "max", "min", "var", "std", "logsumexp" ->
          reduced(op, args);
      case "count_nonzero", "any", "all", "norm" -> reduced(op, args);
      case "norm_p" -> value(first).normP((double) args.get(3), ints(args.get(1)));
      case "argmax", "argmin", "median_values", "median_indices" ->
          named(op, first, List.of(args.get(1)));
      case "clamp_min" -> value(first).clip((double) args.get(1), Double.POSITIVE_INFINITY);
      case "clamp_max" -> value(first).clip(Double.NEGATIVE_INFINITY, (double) args.get(1));
      case "clamp_min_int" -> value(first).clip((long) args.get(1), Long.MAX_VALUE);
      case "clamp_max_int" -> value(first).clip(Long.MIN_VALUE, (long) args.get(1));
      case "where" -> value(args.get(1)).where(value(first), value(args.get(2)));
      case "full" -> creation(any).full((double) args.get(1), type(args.get(2)), (long[]) first);
      case "full_like" -> value(first).fullLike((double) args.get(1));
      case "softplus" -> value(first).softPlus((double) args.get(1), (double) args.get(2));
      case "eye" ->
          creation(any)
              .eye(((Long) first).intValue(), ((Long) args.get(1)).intValue(), type(args.get(2)));
      case "linspace", "uniform", "normal" ->
          named(op, creation(any), args.subList(0, args.size() - 1));
      case "arange", "randint", "randperm" -> named(op, creation(any), args);
      case "einsum", "stack", "concat" -> joined(name, values(first), args.get(1));
      case "cosine_similarity" -> named(op, first, rest.subList(0, 2));
      case "nll" -> named(op, first, rest.subList(0, 2));
      case "kl_div" ->
          (boolean) args.get(2)
              ? value(first).klDivergenceLog(value(args.get(1)), (String) args.get(3))
              : value(first).klDivergence(value(args.get(1)), (String) args.get(3));
      case "chunk", "split" -> part(op, first, rest);
      default -> named(op, first, rest);
    };
  }

  private static Creation creation(Value<?> any) {
    return any instanceof EagerValue<?> ? Eager.create() : Beginnings.of(any);
  }

  private static Value<?> reduced(Op op, List<Object> args) {
    return (boolean) args.get(2)
        ? named(op, args.get(0), List.of(args.get(1), true))
        : named(op, args.get(0), List.of(args.get(1)));
  }

  private static Value<?> joined(String name, List<Value<Axis>> parts, Object last) {
    Value<Axis> first = parts.get(0);
    List<Value<Axis>> others = parts.subList(1, parts.size());
    if (name.equals("einsum")) {
      return first.einsum((String) last, others.toArray(Value<?>[]::new));
    } else if (name.equals("concat")) {
      Value<Axis> all = first;
      for (Value<Axis> other : others) {
        all = all.concat(other, ((Long) last).intValue());
      }
      return all;
    }
    return switch (others.size()) {
      case 0 -> first.stack(((Long) last).intValue());
      case 1 -> first.stack(((Long) last).intValue(), others.get(0));
      default -> first.stack(((Long) last).intValue(), others.get(0), others.get(1));
    };
  }

  private static Value<?> part(Op op, Object first, List<Object> rest) {
    List<?> parts = (List<?>) invoke(op, first, rest.subList(0, 2));
    return (Value<?>) parts.get(((Long) rest.get(2)).intValue());
  }

  /** By the name that the table gives, and the part of a record that the operation is. */
  private static Value<?> named(Op op, Object target, List<Object> args) {
    Object result = invoke(op, target, args);
    if (result instanceof Value<?> value) {
      return value;
    }
    String part = op.name().substring(op.name().indexOf('_') + 1);
    try {
      String accessor = part.equals("log") ? "logarithm" : part;
      Method method = result.getClass().getMethod(accessor);
      return (Value<?>) method.invoke(result);
    } catch (ReflectiveOperationException e) {
      throw new AssertionError(op + " has no part " + part, e);
    }
  }

  private static Object invoke(Op op, Object target, List<Object> args) {
    for (String text : op.method().split("\\), ")) {
      String name = text.substring(0, text.indexOf('('));
      for (Method method : target.getClass().getMethods()) {
        // One that throws refuses another width.
        boolean records = method.getName().equals(name) && method.getExceptionTypes().length == 0;
        Object[] converted = records ? converted(method, args) : null;
        if (converted != null) {
          try {
            return method.invoke(target, converted);
          } catch (InvocationTargetException e) {
            if (e.getCause() instanceof RuntimeException cause) {
              throw cause;
            }
            throw new AssertionError(op.method(), e);
          } catch (IllegalAccessException e) {
            throw new AssertionError(op.method(), e);
          }
        }
      }
    }
    throw new AssertionError(
        "%s is recorded by %s, but there is no such method for %s"
            .formatted(op, op.method(), args));
  }

  private static Object @Nullable [] converted(Method method, List<Object> args) {
    Class<?>[] types = method.getParameterTypes();
    if (types.length != args.size()) {
      return null;
    }
    Object[] converted = new Object[types.length];
    for (int i = 0; i < types.length; i++) {
      converted[i] = converted(types[i], args.get(i));
      if (converted[i] == null) {
        return null;
      }
    }
    return converted;
  }

  private static @Nullable Object converted(Class<?> type, Object arg) {
    if (arg instanceof Long whole) {
      if (type == int.class) {
        return whole.intValue();
      }
      return type == long.class ? whole : type == double.class ? (Object) (double) whole : null;
    } else if (arg instanceof long[] wholes) {
      return type == int[].class ? ints(wholes) : type == long[].class ? wholes : null;
    } else if (arg instanceof Double) {
      return type == double.class ? arg : null;
    } else if (arg instanceof Boolean) {
      return type == boolean.class ? arg : null;
    } else if (arg instanceof String text) {
      return type == String.class ? text : type == DType.class ? type(text) : null;
    }
    return type.isInstance(arg) ? arg : null;
  }

  private static int[] ints(Object wholes) {
    return Arrays.stream((long[]) wholes).mapToInt(Math::toIntExact).toArray();
  }

  private static DType type(Object name) {
    return DType.valueOf((String) name);
  }

  @SuppressWarnings("unchecked")
  private static Value<Axis> value(Object value) {
    return (Value<Axis>) value;
  }

  private static List<Value<Axis>> values(Object list) {
    List<Value<Axis>> values = new ArrayList<>();
    ((List<?>) list).forEach(each -> values.add(value(each)));
    return values;
  }
}
