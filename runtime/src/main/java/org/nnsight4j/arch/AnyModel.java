package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;

/**
 * A model of any architecture, for programs that do not know which one they get: the names that all
 * decoders have in common ({@link Decoder}), and its modules by their paths in Hugging Face's state
 * dict. Paths and widths are checked when they are recorded.
 */
public final class AnyModel extends Decoder implements Model<AnyModel> {
  private AnyModel(Scope scope) {
    super(scope);
  }

  /** The model of an architecture, for opening a checkpoint. */
  public static AnyModel of(String architecture) {
    return new AnyModel(Scope.unbound(architecture));
  }

  @Override
  public AnyModel bind(Scope to) {
    return new AnyModel(to);
  }

  /** A module that returns a tuple. */
  public TupleLayer<Axis> tuple(String at) {
    return new TupleLayerNode<>(scope, at);
  }
}
