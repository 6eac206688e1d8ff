package org.nnsight4j.internal.op;

import java.util.List;
import java.util.function.IntFunction;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/**
 * A shape rule's view of a call: the arguments, with nodes replaced by what is known about them.
 */
public final class OpInputs {
  private final List<Arg> args;
  private final IntFunction<Meta> metaOfNode;

  public OpInputs(List<Arg> args, IntFunction<Meta> metaOfNode) {
    this.args = args;
    this.metaOfNode = metaOfNode;
  }

  public Meta meta(int place) {
    return metaOfNode.apply(((Arg.Ref) args.get(place)).node());
  }

  /** All tensors of the call, in order. */
  List<Meta> tensors() {
    return Op.references(args).stream().map(metaOfNode::apply).toList();
  }

  public Dims dims(int place) {
    return meta(place).dims();
  }

  public DType dtype(int place) {
    return meta(place).dtype();
  }

  public List<Meta> metas(int place) {
    List<Integer> nodes = ((Arg.Refs) args.get(place)).nodes();
    if (nodes.isEmpty()) {
      throw new ShapeException("one tensor is needed at least, found an empty list");
    }
    return nodes.stream().map(metaOfNode::apply).toList();
  }

  public long integer(int place) {
    return ((Arg.Int) args.get(place)).value();
  }

  public long[] integers(int place) {
    return ((Arg.Ints) args.get(place)).toArray();
  }

  public double real(int place) {
    return ((Arg.Real) args.get(place)).value();
  }

  public boolean flag(int place) {
    return ((Arg.Flag) args.get(place)).value();
  }

  public String text(int place) {
    return ((Arg.Text) args.get(place)).value();
  }
}
