package org.nnsight4j.internal.op;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.function.ToLongFunction;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/**
 * One operation: its name in a graph, its signature, the rules that give shape and data type, and
 * its kernel as TorchScript text (data, so that recording needs no engine).
 */
public final class Op {
  private final String name;
  private final String signature;
  private final List<Param> params;
  private final String kernel;
  private final ShapeRule shape;
  private final TypeRule type;
  private final boolean differentiable;
  private final String method;
  private final Cost cost;
  private final Scratch scratch;

  private Op(
      String name,
      String signature,
      String kernel,
      ShapeRule shape,
      TypeRule type,
      boolean differentiable,
      String method,
      Cost cost,
      Scratch scratch) {
    this.name = name;
    this.signature = signature;
    this.params = Arrays.stream(signature.split(",\\s*")).map(Param::parse).toList();
    this.kernel = kernel;
    this.shape = shape;
    this.type = type;
    this.differentiable = differentiable;
    this.method = method;
    this.cost = cost;
    this.scratch = scratch;
  }

  /**
   * Defines an operation; gradients flow through it if it has a tensor argument and a
   * floating-point result.
   *
   * @param signature the parameters as TorchScript writes them, {@code "x: Tensor, dim: int"}
   * @param kernel one TorchScript expression, or a body whose last line starts with {@code return}
   */
  static Op of(String name, String signature, ShapeRule shape, TypeRule type, String kernel) {
    boolean gradients = type.floating() && signature.contains("Tensor");
    return new Op(
        name, signature, kernel, shape, type, gradients, "", Cost.ELEMENTS, Scratch.COPIES);
  }

  /** An elementwise operation on one tensor. */
  static Op one(String name, TypeRule type, String kernel) {
    return of(name, "x: Tensor", ShapeRule.SAME, type, kernel);
  }

  /** An elementwise operation on two tensors, broadcast. */
  static Op two(String name, TypeRule type, String kernel) {
    return of(name, "x: Tensor, y: Tensor", ShapeRule.PAIR, type, kernel);
  }

  /**
   * An operation that gives a tensor's elements another shape.
   *
   * @param more the parameters after the tensor
   * @param text the rule in words
   * @param method the methods that record it
   */
  static Op reshaping(
      String name,
      String more,
      String text,
      Function<OpInputs, Dims> rule,
      String kernel,
      String method) {
    return of(name, "x: Tensor, " + more, ShapeRule.of(text, rule), TypeRule.SAME, kernel)
        .by(method);
  }

  /** The same operation without a gradient. */
  Op flat() {
    return new Op(name, signature, kernel, shape, type, false, method, cost, scratch);
  }

  /** The same operation, with the methods that record it, as a user writes them. */
  Op by(String methods) {
    return new Op(name, signature, kernel, shape, type, differentiable, methods, cost, scratch);
  }

  /** The same operation with another cost than one pass over its elements. */
  Op costs(Cost more) {
    return new Op(name, signature, kernel, shape, type, differentiable, method, more, scratch);
  }

  /** The same operation with other temporary memory than a few copies of its arguments. */
  Op needs(Scratch room) {
    return new Op(name, signature, kernel, shape, type, differentiable, method, cost, room);
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
    // The type first: an argument of a wrong type needs no message about its shape.
    DType dtype = type.function().apply(inputs);
    return new Meta(shape.function().apply(inputs), dtype);
  }

  /** How the shape follows from the arguments, in words. */
  public String shapeRule() {
    return shape.text();
  }

  /**
   * How many numbers a call computes, compares or moves: an upper bound that saturates at the
   * largest number.
   *
   * @param length returns the length of an axis, or the largest possible length if it is unknown
   */
  public long cost(OpInputs inputs, Meta result, ToLongFunction<Dim> length) {
    return (long) Math.ceil(cost.function().applyAsDouble(new CostInputs(inputs, result, length)));
  }

  /**
   * How many bytes the kernel needs besides its arguments and its result: an upper bound that
   * saturates at the largest number.
   *
   * @param length returns the length of an axis, or the largest possible length if it is unknown
   */
  public long scratch(OpInputs inputs, Meta result, ToLongFunction<Dim> length) {
    CostInputs sizes = new CostInputs(inputs, result, length);
    return (long) Math.ceil(scratch.function().applyAsDouble(sizes));
  }

  /** What a call costs, in words. */
  public String costRule() {
    return cost.text();
  }

  /** How the data type follows from the arguments, in words. */
  public String typeRule() {
    return type.text();
  }

  /** Whether gradients flow from the result to floating-point tensors. */
  public boolean isDifferentiable() {
    return differentiable;
  }

  /** The methods that record it, such as {@code add(other), add(2.0)}; empty if there is none. */
  public String method() {
    return method;
  }

  /**
   * Checks that the arguments have the kinds that the signature states.
   *
   * @throws ShapeException naming the first that is not
   */
  public void checkArgs(List<Arg> args) {
    if (args.size() != params.size()) {
      throw new ShapeException(
          "%s(%s) needs %s arguments, found %s"
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

  /** The nodes that a call's arguments refer to, in order. */
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
