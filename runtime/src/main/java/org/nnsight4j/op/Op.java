package org.nnsight4j.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.nnsight4j.shape.Meta;
import org.nnsight4j.shape.ShapeException;

/**
 * One operation: its name in a graph, its signature, the rule that gives shape and data type, and
 * its kernel as TorchScript text (data, so that recording needs no engine).
 */
public final class Op {
  private final String name;
  private final String signature;
  private final List<Param> params;
  private final String kernel;
  private final Function<OpInputs, Meta> rule;

  private Op(String name, String signature, String kernel, Function<OpInputs, Meta> rule) {
    this.name = name;
    this.signature = signature;
    this.params = Arrays.stream(signature.split(",\\s*")).map(Param::parse).toList();
    this.kernel = kernel;
    this.rule = rule;
  }

  /**
   * Defines an operation.
   *
   * @param signature the parameters as TorchScript writes them, {@code "x: Tensor, dim: int"}
   * @param kernel one TorchScript expression, or a body whose last line starts with {@code return}
   */
  static Op of(String name, String signature, String kernel, Function<OpInputs, Meta> rule) {
    return new Op(name, signature, kernel, rule);
  }

  public String name() {
    return name;
  }

  /** The parameters as TorchScript writes them. */
  public String signature() {
    return signature;
  }

  /** The kernel's lines, without indentation of the first level. */
  public List<String> kernel() {
    return kernel.contains("return ") ? kernel.lines().toList() : List.of("return " + kernel);
  }

  /**
   * The shape and data type of the result.
   *
   * @throws ShapeException if the arguments do not fit
   */
  public Meta infer(OpInputs inputs) {
    return rule.apply(inputs);
  }

  /**
   * Checks that the arguments are of the kinds that the signature states.
   *
   * @throws ShapeException naming the first that is not
   */
  public void checkArgs(List<Arg> args) {
    if (args.size() != params.size()) {
      throw new ShapeException(
          "%s(%s) needs %d arguments, found %d"
              .formatted(name, signature, params.size(), args.size()));
    }
    for (int i = 0; i < args.size(); i++) {
      if (kindOf(args.get(i)) != params.get(i).kind()) {
        throw new ShapeException(
            "%s(%s): '%s' cannot be %s"
                .formatted(name, signature, params.get(i).name(), args.get(i)));
      }
    }
  }

  private static Param.Kind kindOf(Arg arg) {
    if (arg instanceof Arg.Ref) {
      return Param.Kind.TENSOR;
    } else if (arg instanceof Arg.Refs) {
      return Param.Kind.TENSORS;
    } else if (arg instanceof Arg.Int) {
      return Param.Kind.INT;
    } else if (arg instanceof Arg.Ints) {
      return Param.Kind.INTS;
    } else if (arg instanceof Arg.Real) {
      return Param.Kind.FLOAT;
    } else if (arg instanceof Arg.Flag) {
      return Param.Kind.BOOL;
    }
    return Param.Kind.TEXT;
  }

  /** The nodes that a call's arguments name, in order. */
  public static List<Integer> references(List<Arg> args) {
    List<Integer> nodes = new ArrayList<>();
    for (Arg arg : args) {
      if (arg instanceof Arg.Ref ref) {
        nodes.add(ref.node());
      } else if (arg instanceof Arg.Refs refs) {
        nodes.addAll(refs.nodes());
      }
    }
    return nodes;
  }

  @Override
  public String toString() {
    return name + "(" + signature + ")";
  }
}
