package org.nnsight4j.internal.op;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.lang.management.ManagementFactory;
import java.lang.management.ThreadMXBean;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.internal.wire.GraphSize;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/**
 * The rules of each operation on the largest arguments that a request can have: a server checks
 * them before it knows whether they are allowed. None takes longer than reading them.
 */
final class LargestArgumentsTest {
  private static final ThreadMXBean CPU = ManagementFactory.getThreadMXBean();

  /** A rule that goes over its arguments for each of them takes seconds. */
  private static final Duration MOST = Duration.ofMillis(400);

  static Stream<String> operations() {
    return OpTable.all().stream().map(Op::name);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("operations")
  void aRuleTakesNoLongerThanReadingThem(String name) {
    Op op = OpTable.get(name);
    for (Meta meta : metas()) {
      for (int variant = 0; variant < 4; variant++) {
        List<Arg> args = arguments(op, meta, variant);
        long begin = CPU.getCurrentThreadCpuTime();
        try {
          op.checkArgs(args);
          OpInputs inputs = new OpInputs(args, node -> meta);
          Meta result = op.infer(inputs);
          long cost = op.cost(inputs, result, Dim::most);
          long scratch = op.scratch(inputs, result, Dim::most);
          assertThat(Math.min(cost, scratch)).isAtLeast(0);
        } catch (ShapeException e) {
          assertThat(e).hasMessageThat().isNotEmpty();
        }
        Duration took = Duration.ofNanos(CPU.getCurrentThreadCpuTime() - begin);
        assertWithMessage("%s of %s", op, meta).that(took).isLessThan(MOST);
      }
    }
  }

  private static List<Meta> metas() {
    List<Meta> metas = new ArrayList<>();
    for (DType dtype : List.of(DType.FLOAT32, DType.INT64, DType.BOOL)) {
      for (int rank : new int[] {0, 1, 2, 3, Dims.MOST_AXES - 1, Dims.MOST_AXES}) {
        metas.add(new Meta(new Dims(Collections.nCopies(rank, Dim.of(1))), dtype));
        metas.add(new Meta(new Dims(Collections.nCopies(rank, Dim.of(Integer.MAX_VALUE))), dtype));
        metas.add(new Meta(new Dims(Collections.nCopies(rank, Dim.unknown("batch"))), dtype));
      }
    }
    return metas;
  }

  private static List<Arg> arguments(Op op, Meta meta, int variant) {
    List<Arg> args = new ArrayList<>();
    for (String signature : op.signature().split(",\\s*")) {
      Param param = Param.parse(signature);
      args.add(
          switch (param.kind()) {
            case TENSOR -> new Arg.Ref(0);
            case TENSORS -> new Arg.Refs(Collections.nCopies(GraphSize.OPERANDS, 0));
            case INT -> new Arg.Int(List.of(0L, 1L, Long.MAX_VALUE, Long.MIN_VALUE).get(variant));
            case INTS -> Arg.Ints.of(numbers(meta, variant));
            case FLOAT -> new Arg.Real(variant);
            case BOOL -> new Arg.Flag(variant > 1);
            case TEXT -> new Arg.Text(text(param.name(), meta, variant));
          });
    }
    return args;
  }

  private static long[] numbers(Meta meta, int variant) {
    return switch (variant) {
      case 0 -> new long[GraphSize.NUMBERS];
      case 1 -> LongStream.range(0, meta.dims().rank()).toArray();
      case 2 -> LongStream.range(0, GraphSize.NUMBERS).toArray();
      default -> LongStream.generate(() -> Long.MAX_VALUE).limit(GraphSize.NUMBERS).toArray();
    };
  }

  private static String text(String param, Meta meta, int variant) {
    if (param.equals("dtype")) {
      return "FLOAT32";
    } else if (param.equals("reduction")) {
      return "mean";
    } else if (variant > 1) {
      return "a,".repeat(GraphSize.TEXT / 2);
    }
    String letters = "abcdefghijklmnopqrstuvwxyz".substring(0, Math.min(9, meta.dims().rank()));
    String all =
        String.join(",", IntStream.range(0, GraphSize.OPERANDS).mapToObj(i -> letters).toList());
    return variant == 0 ? all + "->" + letters : all;
  }

  /** PyTorch's kernels take no more, and each step over the axes is to stay short. */
  @Test
  void aValueHasNoMoreAxesThanATensorCan() {
    Meta full = new Meta(new Dims(Collections.nCopies(64, Dim.of(1))), DType.FLOAT32);
    Op unsqueeze = OpTable.get("unsqueeze");
    List<Arg> args = List.of(new Arg.Ref(0), new Arg.Int(0));
    ShapeException refused =
        org.junit.jupiter.api.Assertions.assertThrows(
            ShapeException.class, () -> unsqueeze.infer(new OpInputs(args, node -> full)));
    assertThat(refused).hasMessageThat().contains("at most 64 axes, this one would have 65");
  }
}
