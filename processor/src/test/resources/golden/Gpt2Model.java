package good;

import javax.annotation.processing.Generated;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.LayerNode;
import org.nnsight4j.arch.Model;
import org.nnsight4j.arch.Scope;
import org.nnsight4j.arch.Site;
import org.nnsight4j.arch.SiteNode;
import org.nnsight4j.arch.Transform;
import org.nnsight4j.arch.TransformNode;
import org.nnsight4j.arch.TupleLayerNode;

/**
 * {@link Gpt2} as a model to open and to record on.
 */
@Generated("org.nnsight4j.processor.ArchitectureProcessor")
public final class Gpt2Model extends LayerNode<Gpt2.Vocab> implements Gpt2, Model<Gpt2> {
  /**
   * An unbound model: it knows every path, and records nothing.
   */
  public Gpt2Model() {
    super("gpt2");
  }

  private Gpt2Model(Scope scope) {
    super(scope, "");
  }

  @Override
  public Gpt2 bind(Scope scope) {
    return new Gpt2Model(scope);
  }

  /**
   * {@code transformer}: {@code [batch, position, hidden]}
   */
  @Override
  public Gpt2.Transformer transformer() {
    return new TransformerNode(super.scope, child("transformer"));
  }

  /**
   * {@code lm_head}: {@code [batch, position, vocab]}
   */
  @Override
  public Transform<Gpt2.Hidden, Gpt2.Vocab> lmHead() {
    return new TransformNode<>(super.scope, child("lm_head"));
  }

  private static final class TransformerNode extends LayerNode<Gpt2.Hidden> implements Gpt2.Transformer {
    TransformerNode(Scope scope, String path) {
      super(scope, path);
    }

    /**
     * {@code transformer.wte}: {@code [batch, position, hidden]}
     */
    @Override
    public Layer<Gpt2.Hidden> wte() {
      return new LayerNode<>(super.scope, child("wte"));
    }

    /**
     * {@code transformer.wpe}: {@code [batch, position, hidden]}
     */
    @Override
    public Layer<Gpt2.Hidden> wpe() {
      return new LayerNode<>(super.scope, child("wpe"));
    }

    /**
     * One of {@code transformer.h.*}: a tuple of {@code [batch, position, hidden]}; config.json's {@code n_layer} says how many there are.
     */
    @Override
    public Gpt2.Block h(@Index("n_layer") int layer) {
      return new BlockNode(super.scope, item("h", layer, "n_layer"));
    }

    /**
     * {@code transformer.ln_f}: {@code [batch, position, hidden]}
     */
    @Override
    public Transform<Gpt2.Hidden, Gpt2.Hidden> lnF() {
      return new TransformNode<>(super.scope, child("ln_f"));
    }
  }

  private static final class BlockNode extends TupleLayerNode<Gpt2.Hidden> implements Gpt2.Block {
    BlockNode(Scope scope, String path) {
      super(scope, path);
    }

    /**
     * {@code transformer.h.*.ln_1}: {@code [batch, position, hidden]}
     */
    @Override
    public Transform<Gpt2.Hidden, Gpt2.Hidden> ln1() {
      return new TransformNode<>(super.scope, child("ln_1"));
    }

    /**
     * {@code transformer.h.*.attn}: a tuple of {@code [batch, position, hidden]}
     */
    @Override
    public Gpt2.Attention attn() {
      return new AttentionNode(super.scope, child("attn"));
    }

    /**
     * {@code transformer.h.*.ln_2}: {@code [batch, position, hidden]}
     */
    @Override
    public Transform<Gpt2.Hidden, Gpt2.Hidden> ln2() {
      return new TransformNode<>(super.scope, child("ln_2"));
    }

    /**
     * {@code transformer.h.*.mlp}: {@code [batch, position, hidden]}
     */
    @Override
    public Gpt2.Mlp mlp() {
      return new MlpNode(super.scope, child("mlp"));
    }
  }

  private static final class AttentionNode extends TupleLayerNode<Gpt2.Hidden> implements Gpt2.Attention {
    AttentionNode(Scope scope, String path) {
      super(scope, path);
    }

    /**
     * {@code transformer.h.*.attn.c_attn}: {@code [batch, position, qkv]}
     */
    @Override
    public Transform<Gpt2.Hidden, Gpt2.Qkv> cAttn() {
      return new TransformNode<>(super.scope, child("c_attn"));
    }

    /**
     * {@code transformer.h.*.attn.pattern}: {@code [batch, head, position, key]}
     */
    @Override
    public Site<Gpt2.Key> pattern() {
      return new SiteNode<>(super.scope, child("pattern"));
    }

    /**
     * {@code transformer.h.*.attn.c_proj}: {@code [batch, position, hidden]}
     */
    @Override
    public Transform<Gpt2.Hidden, Gpt2.Hidden> cProj() {
      return new TransformNode<>(super.scope, child("c_proj"));
    }
  }

  private static final class MlpNode extends TransformNode<Gpt2.Hidden, Gpt2.Hidden> implements Gpt2.Mlp {
    MlpNode(Scope scope, String path) {
      super(scope, path);
    }

    /**
     * {@code transformer.h.*.mlp.c_fc}: {@code [batch, position, inner]}
     */
    @Override
    public Transform<Gpt2.Hidden, Gpt2.Inner> cFc() {
      return new TransformNode<>(super.scope, child("c_fc"));
    }

    /**
     * {@code transformer.h.*.mlp.act}: {@code [batch, position, inner]}
     */
    @Override
    public Transform<Gpt2.Inner, Gpt2.Inner> act() {
      return new TransformNode<>(super.scope, child("act"));
    }

    /**
     * {@code transformer.h.*.mlp.c_proj}: {@code [batch, position, hidden]}
     */
    @Override
    public Transform<Gpt2.Inner, Gpt2.Hidden> cProj() {
      return new TransformNode<>(super.scope, child("c_proj"));
    }
  }
}
