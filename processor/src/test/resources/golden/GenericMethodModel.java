package bad;

import javax.annotation.processing.Generated;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.LayerNode;
import org.nnsight4j.arch.Model;
import org.nnsight4j.arch.Scope;

/**
 * {@link GenericMethod} as a model to open and to record on.
 */
@Generated("org.nnsight4j.processor.ArchitectureProcessor")
public final class GenericMethodModel extends LayerNode<GenericMethod.Hidden> implements GenericMethod, Model<GenericMethod> {
  /**
   * An unbound model: it knows every path, and records nothing.
   */
  public GenericMethodModel() {
    super("toy");
  }

  private GenericMethodModel(Scope scope) {
    super(scope, "");
  }

  @Override
  public GenericMethod bind(Scope scope) {
    return new GenericMethodModel(scope);
  }

  /**
   * {@code good}: {@code [batch, position, hidden]}
   */
  @Override
  public Layer<GenericMethod.Hidden> good() {
    return new LayerNode<>(super.scope, child("good"));
  }

  @Override
  @SuppressWarnings({"rawtypes", "unchecked"})
  public Layer any() {
    throw new IllegalStateException("compiled with an error: GenericMethod");
  }

  @Override
  @SuppressWarnings({"rawtypes", "unchecked"})
  public Object pick(Object first, String[] more) {
    throw new IllegalStateException("compiled with an error: GenericMethod");
  }
}
