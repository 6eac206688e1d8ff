package org.nnsight4j.values;

import static java.util.stream.Collectors.joining;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.tensor.Axis;

/**
 * Refuses values of another width while javac runs, for each method that takes a value or a number.
 *
 * <p>javac lists all candidates, over several lines, if none fits. Here one fits: it takes values
 * of any width, and throws what nobody catches, so that one line says what is wrong. Where the
 * widths agree, the method that takes them is the closer one and is chosen.
 *
 * @param <A> the width of the value
 * @hidden
 */
@NotUserCode
public abstract sealed class AnyWidth<A> permits Elementwise {
  AnyWidth() {}

  abstract Value<A> self();

  /**
   * @hidden
   */
  public Value<A> add(AnyWidth<?> other) throws WrongWidth {
    throw refusal("add", other);
  }

  /**
   * @hidden
   */
  public Value<A> sub(AnyWidth<?> other) throws WrongWidth {
    throw refusal("sub", other);
  }

  /**
   * @hidden
   */
  public Value<A> mul(AnyWidth<?> other) throws WrongWidth {
    throw refusal("mul", other);
  }

  /**
   * @hidden
   */
  public Value<A> div(AnyWidth<?> other) throws WrongWidth {
    throw refusal("div", other);
  }

  /**
   * @hidden
   */
  public Value<A> pow(AnyWidth<?> other) throws WrongWidth {
    throw refusal("pow", other);
  }

  /**
   * @hidden
   */
  public Value<A> mod(AnyWidth<?> other) throws WrongWidth {
    throw refusal("mod", other);
  }

  /**
   * @hidden
   */
  public Value<A> fmod(AnyWidth<?> other) throws WrongWidth {
    throw refusal("fmod", other);
  }

  /**
   * @hidden
   */
  public Value<A> floorDivide(AnyWidth<?> other) throws WrongWidth {
    throw refusal("floorDivide", other);
  }

  /**
   * @hidden
   */
  public Value<A> eq(AnyWidth<?> other) throws WrongWidth {
    throw refusal("eq", other);
  }

  /**
   * @hidden
   */
  public Value<A> neq(AnyWidth<?> other) throws WrongWidth {
    throw refusal("neq", other);
  }

  /**
   * @hidden
   */
  public Value<A> lt(AnyWidth<?> other) throws WrongWidth {
    throw refusal("lt", other);
  }

  /**
   * @hidden
   */
  public Value<A> lte(AnyWidth<?> other) throws WrongWidth {
    throw refusal("lte", other);
  }

  /**
   * @hidden
   */
  public Value<A> gt(AnyWidth<?> other) throws WrongWidth {
    throw refusal("gt", other);
  }

  /**
   * @hidden
   */
  public Value<A> gte(AnyWidth<?> other) throws WrongWidth {
    throw refusal("gte", other);
  }

  /**
   * @hidden
   */
  public Value<A> bitwiseAnd(AnyWidth<?> other) throws WrongWidth {
    throw refusal("bitwiseAnd", other);
  }

  /**
   * @hidden
   */
  public Value<A> bitwiseOr(AnyWidth<?> other) throws WrongWidth {
    throw refusal("bitwiseOr", other);
  }

  /**
   * @hidden
   */
  public Value<A> bitwiseXor(AnyWidth<?> other) throws WrongWidth {
    throw refusal("bitwiseXor", other);
  }

  /**
   * @hidden
   */
  public Value<A> lerp(AnyWidth<?> end, double weight) throws WrongWidth {
    throw refusal("lerp", end);
  }

  /**
   * @hidden
   */
  public Value<A> lerp(AnyWidth<?> end, AnyWidth<?> weight) throws WrongWidth {
    throw refusal("lerp", end, weight);
  }

  /**
   * @hidden
   */
  public final Value<Axis> stack(int axis, AnyWidth<?>... others) throws WrongWidth {
    throw refusal("stack", others);
  }

  /**
   * @hidden
   */
  public void set(AnyWidth<?> value) throws WrongWidth {
    throw refusal("set", value);
  }

  /** For who catches everything, and for languages that check no exceptions. */
  private RecordingException refusal(String method, @Nullable AnyWidth<?>... others) {
    return self()
        .recording()
        .fail(
            "%s of %s %s: its type says another width than that of %s; as(...) states the width, and is checked"
                .formatted(method, self().describe(), self().shape(), described(others)),
            UserFrames.here());
  }

  private static String described(@Nullable AnyWidth<?>... others) {
    return Arrays.stream(others)
        .map(other -> other == null ? "null" : other.self().describe() + " " + other.self().shape())
        .collect(joining(" and "));
  }
}
