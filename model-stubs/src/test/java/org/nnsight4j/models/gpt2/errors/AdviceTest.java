package org.nnsight4j.models.gpt2.errors;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;

import java.util.function.Function;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.Invoker;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.models.gpt2.Gpt2Model;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** The advice in messages of recording and running can be followed, and is not refused in turn. */
final class AdviceTest {
  /** As many rows as tokens: an axis of the one could pass for the other. */
  private static final long[][] SQUARE = {{5, 17, 23}, {99, 4, 301}, {1, 2, 3}};

  private interface Body extends Function<Invoker<Gpt2>, Object> {}

  /** A mistake, its message, and the code that the message advises. */
  private record Advice(String text, Body wrong, Body right) {
    @Override
    public String toString() {
      return text;
    }
  }

  private static Value<Hidden> h(Invoker<Gpt2> invoker) {
    return invoker.model().transformer().h(1).output(0);
  }

  /** The norm of each token's vector: its last axis is that of the tokens. */
  private static Value<Axis> norms(Invoker<Gpt2> invoker) {
    return h(invoker).norm(-1);
  }

  static Stream<Advice> all() {
    return Stream.of(
        new Advice(
            "A reduction keeps its axis by norm(-1, true)",
            i -> h(i).div(norms(i).as(Hidden.class)).save(),
            i -> h(i).div(h(i).norm(-1, true)).save()),
        new Advice(
            "needs the width 128, or 1, which combines with every width",
            i -> h(i).sub(i.model().output().as(Hidden.class)).save(),
            i -> h(i).sub(i.model().output().max(-1, true).as(Hidden.class)).save()),
        new Advice(
            "keepDims is false; without it the type of the result has no width, so leave the argument out",
            i -> h(i).norm(-1, false).save(),
            i -> h(i).norm(-1).save()),
        new Advice(
            "compare it first, as in value.gt(0)",
            i -> chosen(i, x -> x.sum()),
            i -> chosen(i, x -> x.sum().gt(0))),
        new Advice(
            "reduce it with any() or all()",
            i -> chosen(i, x -> x.gt(0)),
            i -> chosen(i, x -> x.gt(0).any())),
        new Advice(
            "compare first, as in value.gt(0)",
            i -> h(i).any().save(),
            i -> h(i).gt(0).any().save()),
        new Advice(
            "cast with toType(DType.FLOAT32)",
            i -> h(i).gt(0).sub(h(i).gt(1)).save(),
            i -> h(i).gt(0).toType(DType.FLOAT32).sub(h(i).gt(1).toType(DType.FLOAT32)).save()),
        new Advice(
            "cast with toType(DType.INT64)",
            i -> h(i).bitwiseAnd(1).save(),
            i -> h(i).toType(DType.INT64).bitwiseAnd(1).save()),
        new Advice(
            "cast with toType(DType.FLOAT32)",
            i -> {
              h(i).set(h(i).toType(DType.FLOAT64));
              return h(i).save();
            },
            i -> {
              h(i).set(h(i).toType(DType.FLOAT64).toType(DType.FLOAT32));
              return h(i).save();
            }),
        new Advice(
            "sum() it first",
            i -> h(i).gradient(i.model().output().get("0, -1")).save(),
            i -> h(i).gradient(i.model().output().get("0, -1").sum()).save()),
        new Advice(
            "take the gradient with respect to its result",
            i -> {
              Value<Hidden> x = h(i);
              return x.gradient(x.hostCall(numbers -> numbers).sum()).save();
            },
            i -> {
              Value<Hidden> seen = h(i).hostCall(numbers -> numbers);
              return seen.gradient(seen.sum()).save();
            }),
        new Advice(
            "Use get(...)",
            i -> norms(i).sum(0).at(-1).save(),
            i -> norms(i).sum(0).get("-1").save()),
        new Advice(
            "Call at(...) first, then get(...)",
            i -> h(i).get("0:1").at(-1).save(),
            i -> h(i).at(-1).get("0:1").save()),
        new Advice(
            "leave out the end to read to the end, as in 2:",
            i -> h(i).get(":, 2:" + Long.MAX_VALUE).save(),
            i -> h(i).get(":, 2:").save()),
        new Advice(
            "reshape(-1) makes one", i -> h(i).dot(h(i)).save(), i -> flat(i).dot(flat(i)).save()),
        new Advice(
            "Call set() on the site itself",
            i -> {
              h(i).mul(2).set(h(i));
              return h(i).save();
            },
            i -> {
              h(i).set(h(i).mul(2));
              return h(i).save();
            }),
        new Advice(
            "Call setGradient() on the site itself",
            i -> {
              h(i).mul(2).setGradient(i.model().output().sum(), h(i));
              return h(i).save();
            },
            i -> {
              Value<Hidden> x = h(i);
              Value<Axis> scalar = i.model().output().sum();
              x.setGradient(scalar, x);
              return x.gradient(scalar).save();
            }),
        new Advice(
            "return it from there with cond(then, otherwise)",
            i -> {
              @SuppressWarnings("unchecked")
              Value<Hidden>[] found = new Value[1];
              h(i).sum().gt(0).cond(() -> found[0] = h(i).mul(2));
              return found[0].save();
            },
            i -> chosen(i, x -> x.sum().gt(0))),
        new Advice(
            "choose another name, as in call(name, module, value) or add(name, adapter)",
            i -> {
              i.call("probe", (input, points) -> points.show("x", input), h(i));
              return i.call("probe", (input, points) -> points.show("x", input), h(i)).save();
            },
            i -> {
              i.call("probe", (input, points) -> points.show("x", input), h(i));
              return i.call("other", (input, points) -> points.show("x", input), h(i)).save();
            }),
        new Advice(
            "so 0 to 3, or -1 to -4 from the end",
            i -> i.model().transformer().h(4).output(0).save(),
            i -> i.model().transformer().h(-4).output(0).save()),
        new Advice(
            "use invoker.model()",
            i -> new Gpt2Model().transformer().h(1).output(0).save(),
            i -> i.model().transformer().h(1).output(0).save()),
        new Advice(
            "record a read first, or call stop() inside the loop",
            i -> {
              i.stop();
              return h(i).save();
            },
            i -> {
              Saved<Hidden> saved = h(i).save();
              i.stop();
              return saved;
            }),
        new Advice(
            "add an axis with expandDims",
            i -> norms(i).mul(norms(i).sum(1)).save(),
            i -> norms(i).mul(norms(i).sum(1).expandDims(-1)).save()),
        new Advice(
            "clip(1, 0) needs the lower bound first",
            i -> h(i).clip(1, 0).save(),
            i -> h(i).clip(0, 1).save()));
  }

  private static Value<Axis> flat(Invoker<Gpt2> invoker) {
    return h(invoker).reshape(-1);
  }

  private static Object record(Body body) {
    return GPT2.trace().run(generator -> generator.invoke(SQUARE, body::apply)).result();
  }

  /** One of two values, by a condition on the hidden state. */
  private static Object chosen(Invoker<Gpt2> invoker, Function<Value<Hidden>, Value<?>> condition) {
    Value<Hidden> x = h(invoker);
    return condition.apply(x).cond(() -> x.mul(2), () -> x).save();
  }

  @ParameterizedTest
  @MethodSource("all")
  void canBeFollowed(Advice advice) {
    Nnsight4jException refused =
        assertThrows(Nnsight4jException.class, () -> record(advice.wrong()));
    assertThat(refused).hasMessageThat().contains(advice.text());
    Saved<?> saved = (Saved<?>) record(advice.right());
    assertThat(saved.value().size()).isGreaterThan(0);
  }

  /** PyTorch's {@code h / h.norm(dim=-1, keepdim=True)}: each token's vector gets the length 1. */
  @Test
  void aReductionKeepsItsAxis() {
    record Two(Saved<Hidden> value, Saved<Hidden> unit) {}
    Two two =
        (Two)
            GPT2.trace()
                .run(
                    generator ->
                        generator.invoke(
                            new long[][] {IDS},
                            (org.nnsight4j.Body<Invoker<Gpt2>, Two>)
                                i -> new Two(h(i).save(), h(i).div(h(i).norm(-1, true)).save())))
                .result();
    Tensor value = two.value().value();
    Tensor unit = two.unit().value();
    for (int token = 0; token < IDS.length; token++) {
      double squares = 0;
      for (int j = 0; j < 128; j++) {
        squares += value.get(0, token, j) * value.get(0, token, j);
      }
      for (int j = 0; j < 128; j++) {
        assertThat(unit.get(0, token, j))
            .isWithin(1e-6)
            .of(value.get(0, token, j) / Math.sqrt(squares));
      }
    }
  }

  /** A width of 1 combines with all, so any width can be stated for it. */
  @Test
  void aWidthOfOneCanBeStatedToBeAny() {
    Saved<?> saved =
        (Saved<?>)
            record(
                i -> {
                  Value<Axis> largest = i.model().output().max(-1, true).as(Axis.class);
                  Value<Vocab> again = largest.as(Vocab.class);
                  return i.model().output().sub(again).max(-1).save();
                });
    for (double each : saved.value().toDoubleArray()) {
      assertThat(each).isEqualTo(0);
    }
  }
}
