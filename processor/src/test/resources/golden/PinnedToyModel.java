package good;

import javax.annotation.processing.Generated;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.LayerNode;
import org.nnsight4j.arch.Model;
import org.nnsight4j.arch.Scope;
import org.nnsight4j.arch.Site;
import org.nnsight4j.arch.SiteNode;
import org.nnsight4j.arch.Transform;
import org.nnsight4j.arch.TransformNode;

/**
 * {@link PinnedToy} as a model to open and to record on.
 */
@Generated("org.nnsight4j.processor.ArchitectureProcessor")
final class PinnedToyModel extends LayerNode<AnyToy.Hidden> implements PinnedToy, Model<PinnedToy> {
  /**
   * An unbound model: it knows every path, and records nothing.
   */
  public PinnedToyModel() {
    super("toy");
  }

  private PinnedToyModel(Scope scope) {
    super(scope, "");
  }

  @Override
  public PinnedToy bind(Scope scope) {
    return new PinnedToyModel(scope);
  }

  /**
   * One of {@code h.*}, {@code ToyBlock}: {@code [batch, position, hidden 8]}; config.json's {@code n_layer} says how many there are, here 12.
   */
  @Override
  public AnyToy.Block h(@Index(value = "n_layer", count = 12) int layer) {
    return new BlockNode(super.scope, item("h", layer, "n_layer"));
  }

  private static final class BlockNode extends TransformNode<AnyToy.Hidden, AnyToy.Hidden> implements AnyToy.Block {
    BlockNode(Scope scope, String path) {
      super(scope, path);
    }

    /**
     * {@code h.*.ln_1}, {@code LayerNorm}: {@code [batch, position, hidden 8]}
     */
    @Override
    public Transform<AnyToy.Hidden, AnyToy.Hidden> ln1() {
      return new TransformNode<>(super.scope, child("ln_1"));
    }

    /**
     * {@code h.*.attn.pattern}: {@code [batch, head 2, position, key]}
     */
    @Override
    public Site<AnyToy.Key> pattern() {
      return new SiteNode<>(super.scope, child("attn.pattern"));
    }
  }
}
