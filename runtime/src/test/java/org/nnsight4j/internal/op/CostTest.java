package org.nnsight4j.internal.op;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/** What operations cost is an upper bound of what they compute, and not many times too much. */
final class CostTest {
  private static final double MOST = 40;

  /** What computes more than it reads and writes. */
  private static final Pattern HEAVY =
      Pattern.compile(
          "torch\\.(matmul|einsum|cdist|cosine_similarity|topk|sort|argsort|median|searchsorted"
              + "|linalg_(?!cross|vector_norm)\\w+|\\w*conv\\w*|fft\\w*|\\w*mm|kthvalue|quantile"
              + "|unique\\w*|multinomial|tensordot|kron|mode|cov|pdist)\\(|-7046029254386353131");

  /** What was looked at and found to go over its elements a few times. */
  private static final Set<String> LIGHT =
      Set.of(
          ("clamp_min clamp_max sign ceil round trunc exp exp2 expm1 log1p log2 log10 "
                  + "rsqrt reciprocal sin tan asin acos atan sinh cosh asinh acosh atanh erf erfc "
                  + "erfinv lgamma digamma sinc deg2rad rad2deg frac le logical_xor isnan isinf "
                  + "isposinf isneginf signbit bitwise_or bitwise_left_shift triu layer_norm "
                  + "rms_norm cross_entropy_loss nll_loss "
                  + "abs add all amax amin any arange argmax argmin atan2 "
                  + "binary_cross_entropy_with_logits bitwise_and bitwise_not bitwise_right_shift "
                  + "bitwise_xor broadcast_tensors cat celu chunk clamp clone constant_pad_nd "
                  + "contiguous copy_ copysign cos cumprod cumsum cummax cummin detach device diag_embed "
                  + "diagonal dim div dot elu eq expand expand_as eye flatten flip floor floordiv "
                  + "fmax fmin fmod full full_like gather ge gelu glu hardshrink hardsigmoid "
                  + "hardswish hardtanh huber_loss hypot index_add index_copy index_fill "
                  + "index_select is_floating_point isclose isfinite kl_div leaky_relu len lerp "
                  + "linalg_cross linalg_vector_norm linspace log log_sigmoid log_softmax logaddexp "
                  + "logcumsumexp logical_and logical_not logical_or logit logsumexp lt gt "
                  + "masked_fill maximum mean minimum mish mul nan_to_num nansum narrow ne neg "
                  + "numel one_hot outer permute pow prod relu remainder repeat repeat_interleave "
                  + "reshape roll scatter scatter_add select selu sigmoid silu size slice "
                  + "smooth_l1_loss softmax softplus softshrink split sqrt square squeeze stack std "
                  + "sub sum take_along_dim tanh threshold to transpose tril unflatten unfold "
                  + "unsqueeze var view_as where xlogy zeros_like ")
              .strip()
              .split(" "));

  private static String kernel(Op op) {
    return String.join("\n", op.kernel());
  }

  @Test
  void whatIsHeavySaysSo() {
    for (Op op : OpTable.all()) {
      boolean heavy = HEAVY.matcher(kernel(op)).find();
      assertWithMessage("%s costs %s", op.name(), op.costRule())
          .that(op.costRule().equals(Cost.ELEMENTS.text()))
          .isEqualTo(!heavy);
    }
  }

  /** A new operation by a function of PyTorch that is not known here must say what it costs. */
  @Test
  void eachFunctionOfAKernelIsKnownToBeLightOrHeavy() {
    List<String> unknown = new ArrayList<>();
    for (Op op : OpTable.all()) {
      Matcher call = Pattern.compile("torch\\.(\\w+)\\(").matcher(kernel(op));
      while (call.find()) {
        if (!HEAVY.matcher(call.group()).matches() && !LIGHT.contains(call.group(1))) {
          unknown.add(op.name() + " calls " + call.group(1));
        }
      }
    }
    assertWithMessage("give these a Cost, or add them to what is light: %s", unknown)
        .that(unknown)
        .isEmpty();
  }

  private record Case(String op, List<Arg> args, List<Dims> shapes, double computes) {
    @Override
    public String toString() {
      return op + shapes + " " + args;
    }

    long cost() {
      Op found = OpTable.get(op);
      OpInputs inputs = new OpInputs(args, node -> new Meta(shapes.get(node), DType.FLOAT32));
      return found.cost(inputs, found.infer(inputs), Dim::size);
    }
  }

  private static final Arg X = new Arg.Ref(0);
  private static final Arg Y = new Arg.Ref(1);

  private static Case of(String op, double computes, List<Dims> shapes, Arg... args) {
    return new Case(op, List.of(args), shapes, computes);
  }

  /** Counted by hand: additions and multiplications, or comparisons. */
  static Stream<Case> cases() {
    return Stream.of(8L, 64L, 1024L).flatMap(CostTest::cases);
  }

  private static Stream<Case> cases(long n) {
    Dims square = Dims.of(n, n);
    Dims stack = Dims.of(3, n, n);
    double cube = (double) n * n * n;
    double log = Math.log(n) / Math.log(2);
    return Stream.of(
        of("add", n * n, List.of(square, square), X, Y),
        of("add", n * n, List.of(Dims.of(n, 1), Dims.of(1, n)), X, Y),
        of("sum", n * n, List.of(square), X, new Arg.Ints(List.of(0L, 1L)), new Arg.Flag(false)),
        of("cumsum", n * n, List.of(square), X, new Arg.Int(0)),
        of("matmul", 2 * cube, List.of(square, square), X, Y),
        of("matmul", 2 * 3 * cube, List.of(stack, square), X, Y),
        of("matmul", 2.0 * n * n, List.of(square, Dims.of(n)), X, Y),
        of("matmul", 2.0 * n, List.of(Dims.of(n), Dims.of(n)), X, Y),
        of("outer", n * n, List.of(Dims.of(n), Dims.of(n)), X, Y),
        einsum("ab,bc->ac", 2 * cube, square, square),
        einsum("ba,bc->ac", 2 * cube, square, square),
        einsum("ab,bc,cd->ad", 4 * cube, square, square, square),
        einsum("ab,cd->abcd", (double) n * n * n * n, square, square),
        einsum("ab,bc", 2 * cube, square, square),
        einsum("ab->", n * n, square),
        of("cdist", 3 * cube, List.of(square, square), X, Y, new Arg.Real(2)),
        of(
            "cosine_similarity",
            6 * cube,
            List.of(Dims.of(n, 1, n), Dims.of(1, n, n)),
            X,
            Y,
            new Arg.Int(-1),
            new Arg.Real(1e-8)),
        of(
            "cosine_similarity",
            6 * cube,
            List.of(Dims.of(n, n, 1), square),
            X,
            Y,
            new Arg.Int(1),
            new Arg.Real(1e-8)),
        of("sort_values", n * n * log, List.of(square), X, new Arg.Int(0), new Arg.Flag(true)),
        of("median_values", n * n, List.of(square), X, new Arg.Int(0), new Arg.Flag(true)),
        of("searchsorted", n * log, List.of(Dims.of(n), Dims.of(n)), X, Y, new Arg.Flag(true)),
        of("inv", 2 * cube, List.of(square), X),
        of("cholesky", cube, List.of(square), X),
        of("eigh_vectors", 9 * cube, List.of(square), X),
        of("svd_u", 26 * cube, List.of(square), X),
        of("svd_u", 3 * 26 * cube, List.of(stack), X),
        of("solve", (2 / 3.0 + 2) * cube, List.of(square, square), X, Y),
        of("solve", 2 / 3.0 * cube, List.of(square, Dims.of(n)), X, Y),
        of("randperm", n * log, List.of(), new Arg.Int(1), new Arg.Int(n)));
  }

  private static Case einsum(String equation, double computes, Dims... shapes) {
    List<Integer> nodes = new ArrayList<>();
    for (int i = 0; i < shapes.length; i++) {
      nodes.add(i);
    }
    return of("einsum", computes, List.of(shapes), new Arg.Refs(nodes), new Arg.Text(equation));
  }

  @ParameterizedTest
  @MethodSource("cases")
  void theEstimateIsAnUpperBoundWithinReason(Case call) {
    assertThat((double) call.cost()).isAtLeast(call.computes);
    assertThat(call.cost() / call.computes).isAtMost(MOST);
  }

  @Test
  void whatIsTooLargeForANumberIsTheLargest() {
    Dims huge = Dims.of(1L << 40, 1L << 40);
    assertThat(of("svd_u", 0, List.of(huge), X).cost()).isEqualTo(Long.MAX_VALUE);
  }

  @Test
  void anUnknownLengthCountsAsTheLongest() {
    Op matmul = OpTable.get("matmul");
    OpInputs inputs =
        new OpInputs(
            List.of(X, X), node -> new Meta(Dims.of(Dim.UNKNOWN, Dim.UNKNOWN), DType.FLOAT32));
    assertThat(matmul.cost(inputs, matmul.infer(inputs), dim -> 100)).isAtLeast(2_000_000);
  }
}
