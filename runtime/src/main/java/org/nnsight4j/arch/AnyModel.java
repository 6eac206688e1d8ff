package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

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

  /**
   * A module or an inner value. If it returns a tuple, {@code output()} is the first element.
   *
   * @param at for example {@code model.layers.0.self_attn.pattern}
   */
  public Layer<Axis> module(String at) {
    return new LayerNode<>(scope, at);
  }

  /**
   * A parameter, by its name in Hugging Face's state dict; it is read, replaced for one run, and
   * differentiated.
   *
   * @param name for example {@code model.layers.0.self_attn.o_proj.weight}
   */
  public Value<Axis> parameter(String name) {
    return scope.parameter(name);
  }

  /** A module that returns a tuple. */
  public TupleLayer<Axis> tuple(String at) {
    return new TupleLayerNode<>(scope, at);
  }
}
