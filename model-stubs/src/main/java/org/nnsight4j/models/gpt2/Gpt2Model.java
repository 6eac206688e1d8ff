package org.nnsight4j.models.gpt2;

import org.nnsight4j.arch.*;

public final class Gpt2Model extends LayerNode<Gpt2.Vocab> implements Gpt2, Model<Gpt2> {
  public Gpt2Model() {
    super(Scope.unbound("gpt2"), "");
  }

  private Gpt2Model(Scope scope) {
    super(scope, "");
  }

  @Override
  public Gpt2 bind(Scope scope) {
    return new Gpt2Model(scope);
  }

  @Override
  public Gpt2.Transformer transformer() {
    return new TransformerNode(scope, child("transformer"));
  }

  @Override
  public Transform<Hidden, Vocab> lmHead() {
    return new TransformNode<>(scope, child("lm_head"));
  }

  private static final class TransformerNode extends LayerNode<Gpt2.Hidden>
      implements Gpt2.Transformer {
    TransformerNode(Scope scope, String path) {
      super(scope, path);
    }

    @Override
    public Layer<Hidden> wte() {
      return new LayerNode<>(scope, child("wte"));
    }

    @Override
    public Layer<Hidden> wpe() {
      return new LayerNode<>(scope, child("wpe"));
    }

    @Override
    public Transform<Hidden, Hidden> drop() {
      return new TransformNode<>(scope, child("drop"));
    }

    @Override
    public Gpt2.Block h(int layer) {
      return new BlockNode(scope, item("h", layer, "n_layer"));
    }

    @Override
    public Transform<Hidden, Hidden> lnF() {
      return new TransformNode<>(scope, child("ln_f"));
    }
  }

  private static final class BlockNode extends TupleLayerNode<Gpt2.Hidden> implements Gpt2.Block {
    BlockNode(Scope scope, String path) {
      super(scope, path);
    }

    @Override
    public Transform<Hidden, Hidden> ln1() {
      return new TransformNode<>(scope, child("ln_1"));
    }

    @Override
    public Gpt2.Attention attn() {
      return new AttentionNode(scope, child("attn"));
    }

    @Override
    public Transform<Hidden, Hidden> ln2() {
      return new TransformNode<>(scope, child("ln_2"));
    }

    @Override
    public Gpt2.Mlp mlp() {
      return new MlpNode(scope, child("mlp"));
    }
  }

  private static final class AttentionNode extends TupleLayerNode<Gpt2.Hidden>
      implements Gpt2.Attention {
    AttentionNode(Scope scope, String path) {
      super(scope, path);
    }

    @Override
    public Transform<Hidden, Qkv> cAttn() {
      return new TransformNode<>(scope, child("c_attn"));
    }

    @Override
    public Site<HeadDim> q() {
      return new SiteNode<>(scope, child("q"));
    }

    @Override
    public Site<HeadDim> k() {
      return new SiteNode<>(scope, child("k"));
    }

    @Override
    public Site<HeadDim> v() {
      return new SiteNode<>(scope, child("v"));
    }

    @Override
    public Site<Key> scores() {
      return new SiteNode<>(scope, child("scores"));
    }

    @Override
    public Site<Key> pattern() {
      return new SiteNode<>(scope, child("pattern"));
    }

    @Override
    public Site<HeadDim> z() {
      return new SiteNode<>(scope, child("z"));
    }

    @Override
    public Transform<Hidden, Hidden> cProj() {
      return new TransformNode<>(scope, child("c_proj"));
    }

    @Override
    public Transform<Hidden, Hidden> residDropout() {
      return new TransformNode<>(scope, child("resid_dropout"));
    }
  }

  private static final class MlpNode extends TransformNode<Gpt2.Hidden, Gpt2.Hidden>
      implements Gpt2.Mlp {
    MlpNode(Scope scope, String path) {
      super(scope, path);
    }

    @Override
    public Transform<Hidden, Inner> cFc() {
      return new TransformNode<>(scope, child("c_fc"));
    }

    @Override
    public Transform<Inner, Inner> act() {
      return new TransformNode<>(scope, child("act"));
    }

    @Override
    public Transform<Inner, Hidden> cProj() {
      return new TransformNode<>(scope, child("c_proj"));
    }

    @Override
    public Transform<Hidden, Hidden> dropout() {
      return new TransformNode<>(scope, child("dropout"));
    }
  }
}
