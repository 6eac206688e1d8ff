package good;

import java.util.List;
import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.Shape;
import org.nnsight4j.arch.Site;
import org.nnsight4j.arch.Transform;
import org.nnsight4j.arch.TupleLayer;

/** GPT-2, as Hugging Face lays it out. */
@Architecture("gpt2")
public interface Gpt2 extends Layer<Gpt2.Vocab> {
  Transformer transformer();

  @At("lm_head")
  Transform<Hidden, Vocab> lmHead();

  /** The decoder stack. */
  interface Transformer extends Layer<Hidden> {
    Layer<Hidden> wte();

    Layer<Hidden> wpe();

    Block h(@Index("n_layer") int layer);

    @At("ln_f")
    Transform<Hidden, Hidden> lnF();
  }

  /** One residual block. */
  interface Block extends TupleLayer<Hidden> {
    @At("ln_1")
    Transform<Hidden, Hidden> ln1();

    Attention attn();

    @At("ln_2")
    Transform<Hidden, Hidden> ln2();

    Mlp mlp();
  }

  /** Self-attention. */
  interface Attention extends TupleLayer<Hidden> {
    @At("c_attn")
    Transform<Hidden, Qkv> cAttn();

    @Shape("[batch, head, position, key]")
    Site<Key> pattern();

    @At("c_proj")
    Transform<Hidden, Hidden> cProj();
  }

  /** The feed-forward part. */
  interface Mlp extends Transform<Hidden, Hidden> {
    @At("c_fc")
    Transform<Hidden, Inner> cFc();

    Transform<Inner, Inner> act();

    @At("c_proj")
    Transform<Inner, Hidden> cProj();
  }

  interface Hidden extends Axis {}

  interface Inner extends Axis {}

  interface Qkv extends Axis {}

  interface Key extends Axis {}

  interface Vocab extends Axis {}
}

class Use {
  static List<?> paths() {
    Gpt2 gpt2 = new Gpt2Model();
    return List.of(
        gpt2, // gpt2
        gpt2.transformer(), // transformer
        gpt2.lmHead(), // lm_head
        gpt2.transformer().h(3).mlp().cFc(), // transformer.h.3.mlp.c_fc
        gpt2.transformer().h(0).attn().pattern(), // transformer.h.0.attn.pattern
        gpt2.transformer().lnF()); // transformer.ln_f
  }
}
