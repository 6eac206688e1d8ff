package org.nnsight4j.models.gpt2.operations;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.nnsight4j.models.gpt2.Probe.GPT2;
import static org.nnsight4j.models.gpt2.Probe.IDS;
import static org.nnsight4j.models.gpt2.Probe.assertClose;
import static org.nnsight4j.models.gpt2.Probe.refused;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.BiFunction;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.attach.LinearProbe;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.internal.op.Op;
import org.nnsight4j.internal.op.OpTable;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Probe;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** A value of an earlier run of a session can stand at any place of what a later run records. */
final class EarlierOperandsTest {
  private static final int CASES = 4;

  private record Case(List<Object> args, Tensor expected, String what, Saved<?> saved) {}

  private static Value<Hidden> hidden(Gpt2 model, int layer) {
    return model.transformer().h(layer).output(0);
  }

  /** Records on a value of a first run in a second one. */
  private static <R> R later(BiFunction<Value<Hidden>, Invoker<Gpt2>, R> body) {
    return GPT2.session(
        session -> {
          Value<Hidden> early = session.trace().invoke(IDS, i -> hidden(i.model(), 1));
          return session.trace().invoke(IDS, i -> body.apply(early, i));
        });
  }

  private static Tensor direct(BiFunction<Value<Hidden>, Gpt2, Value<?>> body) {
    return Probe.<Saved<?>>trace(model -> body.apply(hidden(model, 1), model).save()).value();
  }

  static Stream<Op> operations() {
    return OpTable.all().stream()
        .filter(op -> !UserMethods.BY_HAND.contains(op.name()))
        .filter(
            op ->
                OperationTable.ENTRIES.get(op.name()).cases().stream()
                    .anyMatch(args -> operands(args) > 1));
  }

  private static int operands(List<Object> args) {
    return args.stream()
        .mapToInt(arg -> arg instanceof List<?> list ? list.size() : arg instanceof Tensor ? 1 : 0)
        .sum();
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("operations")
  void anyOperandOfAnyOperation(Op op) {
    List<List<Object>> all =
        OperationTable.ENTRIES.get(op.name()).cases().stream()
            .filter(args -> operands(args) > 1 && UserMethods.says(op, args))
            .filter(args -> UserMethodTest.accepted(op, args))
            .toList();
    List<List<Object>> some =
        IntStream.iterate(0, i -> i < all.size(), i -> i + Math.max(1, all.size() / CASES))
            .mapToObj(all::get)
            .toList();
    assertWithMessage("cases of %s", op).that(some).isNotEmpty();
    for (Case each : closedAndOpen(op, some)) {
      String what = "%s, %s".formatted(op.name(), each.what);
      assertWithMessage("%s: data type", what)
          .that(each.saved.value().dtype())
          .isEqualTo(each.expected.dtype());
      assertClose(
          what,
          UserMethodTest.finite(each.saved.value()),
          UserMethodTest.finite(each.expected),
          1e-6);
    }
  }

  private static List<Case> closedAndOpen(Op op, List<List<Object>> some) {
    List<Case> recorded = new ArrayList<>();
    for (boolean open : List.of(false, true)) {
      var unused =
          GPT2.session(
              session -> {
                Invoker<Gpt2> first = session.trace().invoke(IDS);
                Value<?> early = hidden(first.model(), 0);
                if (!open) {
                  first.close();
                }
                return session
                    .trace()
                    .invoke(
                        IDS,
                        i -> {
                          Value<?> late = hidden(i.model(), 0);
                          some.forEach(args -> record(op, args, early, late, recorded));
                          return recorded;
                        });
              });
    }
    return recorded;
  }

  /** Each operand alone of the earlier run, and each alone of the later one. */
  private static void record(
      Op op, List<Object> args, Value<?> early, Value<?> late, List<Case> recorded) {
    Tensor expected = OperationTest.run(op.name(), args);
    for (int place = 0; place < operands(args); place++) {
      for (boolean alone : List.of(true, false)) {
        int[] count = {0};
        int at = place;
        List<Object> values =
            args.stream()
                .map(
                    arg ->
                        arg instanceof List<?> list
                            ? list.stream()
                                .map(
                                    each ->
                                        UserMethodTest.value(
                                            (count[0]++ == at) == alone ? early : late, each))
                                .toList()
                            : arg instanceof Tensor
                                ? UserMethodTest.value(
                                    (count[0]++ == at) == alone ? early : late, arg)
                                : arg)
                .toList();
        recorded.add(
            new Case(
                args,
                expected,
                "operand %s %s".formatted(place, alone ? "earlier" : "later"),
                UserMethods.call(op, late, values).save()));
      }
    }
  }

  @Test
  void gradientWithRespectToAnEarlierValue() {
    Saved<Hidden> found =
        later(
            (early, i) -> {
              Value<Axis> loss = early.mul(3).mul(hidden(i.model(), 2)).sum();
              return early.gradient(loss).save();
            });
    assertClose("gradient", found.value(), direct((h1, model) -> hidden(model, 2).mul(3)), 1e-5);
  }

  @Test
  void gradientOfAPartOfAnEarlierValue() {
    Saved<Hidden> found =
        later(
            (early, i) -> {
              Value<Hidden> part = early.get("0, -1");
              return part.gradient(part.mul(hidden(i.model(), 2).get("0, 0")).sum()).save();
            });
    assertClose("gradient", found.value(), direct((h, model) -> hidden(model, 2).get("0, 0")), 0);
  }

  @Test
  void gradientThroughTheModelOfTheLaterRun() {
    Saved<Hidden> found =
        later(
            (early, i) -> {
              Value<Hidden> written = hidden(i.model(), 1);
              written.set(early);
              return early.gradient(hidden(i.model(), 3).sum()).save();
            });
    Tensor expected = direct((h1, model) -> h1.gradient(hidden(model, 3).sum()));
    assertClose("gradient", found.value(), expected, 1e-4);
  }

  @Test
  void gradientThroughTheEarlierRunIsRefused() {
    for (boolean model : List.of(false, true)) {
      refused(
          RecordingException.class,
          () ->
              GPT2.session(
                  session -> {
                    List<Value<Hidden>> early =
                        session
                            .trace()
                            .invoke(
                                IDS,
                                i -> {
                                  Value<Hidden> one = hidden(i.model(), 1);
                                  return List.of(one, model ? hidden(i.model(), 2) : one.mul(2));
                                });
                    return session
                        .trace()
                        .invoke(
                            IDS,
                            i -> {
                              Value<?> loss = early.get(1).add(hidden(i.model(), 0)).sum();
                              return early.get(0).gradient(loss).save();
                            });
                  }),
          "no gradient flows through an earlier run",
          "EarlierOperandsTest.java");
    }
  }

  @Test
  void replacedGradientOfAnEarlierValue() {
    refused(
        RecordingException.class,
        () ->
            later(
                (early, i) -> {
                  Value<?> loss = early.mul(hidden(i.model(), 2)).sum();
                  early.setGradient(loss, early);
                  return loss.save();
                }),
        "is of an earlier run, through which no gradient flows",
        "EarlierOperandsTest.java");
  }

  @Test
  void controlByAnEarlierValue() {
    Saved<Hidden> found =
        later(
            (early, i) ->
                early
                    .sum()
                    .isFinite()
                    .cond(() -> early.add(hidden(i.model(), 2)), () -> hidden(i.model(), 2))
                    .save());
    assertClose("cond", found.value(), direct((h, model) -> h.add(hidden(model, 2))), 1e-6);
    Saved<Hidden> repeated =
        later(
            (early, i) ->
                early.iterate(4, v -> v.add(hidden(i.model(), 0)), v -> v.isNaN().any()).save());
    assertClose(
        "iterate", repeated.value(), direct((h, model) -> h.add(hidden(model, 0).mul(4))), 1e-5);
  }

  @Test
  void earlierValueInALoopAndAfterIt() {
    List<Saved<Hidden>> found =
        later(
            (early, i) -> {
              List<Saved<Hidden>> saved = new ArrayList<>();
              var unused = i.allSteps().each(m -> saved.add(early.add(hidden(m, 2)).save()));
              Value<Axis> truth = early.sum().isFinite();
              truth.cond(() -> saved.add(early.mul(2).save()));
              saved.add(early.mul(3).save());
              return saved;
            });
    assertClose("loop", found.get(0).values().get(0), direct((h, m) -> h.add(hidden(m, 2))), 1e-6);
    assertClose("branch", found.get(1).value(), direct((h, m) -> h.mul(2)), 1e-6);
    assertClose("behind", found.get(2).value(), direct((h, m) -> h.mul(3)), 1e-6);
  }

  @Test
  void tokensOfAnEarlierValueStayThoseOfItsRows() {
    long[][] rows = {{5, 17, 23}, {5, 17, 23, 99, 4, 301}};
    List<Saved<Hidden>> found =
        GPT2.session(
            session -> {
              Value<Hidden> early = session.trace().invoke(rows, i -> hidden(i.model(), 1));
              return session
                  .trace()
                  .invoke(
                      IDS,
                      i -> {
                        Value<Hidden> other = hidden(i.model(), 2).get("0, 0");
                        return List.of(
                            early.mul(2).at(0).add(other).save(),
                            early.at(0).add(other).mul(2).sub(other).save());
                      });
            });
    Tensor expected = direct((h, model) -> h.mul(2).at(0).add(hidden(model, 2).get("0, 0")));
    for (Saved<Hidden> each : found) {
      for (int row = 0; row < rows.length; row++) {
        Tensor own =
            Tensor.of(
                Arrays.copyOfRange(each.value().toFloatArray(), row * 128, row * 128 + 128),
                1,
                128);
        assertClose("row " + row, own, expected, 1e-5);
      }
    }
  }

  @Test
  void attentionOverRowsWhosePaddingOnlyTheEarlierRunKnows() {
    refused(
        RecordingException.class,
        () ->
            GPT2.session(
                session -> {
                  long[][] rows = {{5, 17, 23}, IDS};
                  Value<Hidden> early = session.trace().invoke(rows, i -> hidden(i.model(), 1));
                  return session
                      .trace()
                      .invoke(IDS, i -> i.call(m -> m.transformer().h(2), early).output(0).save());
                }),
        "transformer.h.2 attends to other positions",
        "give each row an invoker of its own",
        "EarlierOperandsTest.java");
  }

  @Test
  void probeOfAnEarlierValue() {
    LinearProbe probe = LinearProbe.of(Tensor.of(new float[256], 2, 128), Probe.floats(1, 2));
    Saved<Axis> found = later((early, i) -> i.call("p", probe, early).save());
    assertThat(found.value().at(0)).isEqualTo(1);
  }

  @Test
  void hostCallWithAnEarlierValueFirst() {
    Saved<Hidden> found =
        later(
            (early, i) -> {
              Value<Hidden> here = hidden(i.model(), 2);
              return early.hostCall(here, tensors -> tensors.get(1), here).save();
            });
    assertClose("hostCall", found.value(), direct((h, model) -> hidden(model, 2)), 0);
  }

  @Test
  void writeOfALaterValue() {
    refused(
        RecordingException.class,
        () ->
            GPT2.session(
                session -> {
                  Generator<Gpt2> first = session.trace();
                  Value<Hidden> early = first.invoke(IDS, i -> hidden(i.model(), 1));
                  return session
                      .trace()
                      .invoke(
                          IDS,
                          i -> {
                            early.set(hidden(i.model(), 2));
                            return early.save();
                          });
                }),
        "is of a later run of the session, and does not exist yet",
        "EarlierOperandsTest.java");
  }
}
