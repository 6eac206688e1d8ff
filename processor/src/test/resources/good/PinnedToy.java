package good;

import java.util.List;
import org.nnsight4j.arch.Architecture;
import org.nnsight4j.arch.At;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.Layer;
import org.nnsight4j.arch.Pinned;
import org.nnsight4j.arch.Site;
import org.nnsight4j.arch.Transform;
import org.nnsight4j.tensor.Axis;

/** A descriptor of all sizes, and one size of it. */
interface AnyToy extends Layer<AnyToy.Hidden> {
  Block h(@Index("n_layer") int layer);

  interface Block extends Transform<Hidden, Hidden> {
    @At("ln_1")
    Transform<Hidden, Hidden> ln1();

    @At("attn.pattern")
    Site<Key> pattern();
  }

  interface Hidden extends Axis {}

  interface Key extends Axis {}
}

@Architecture("toy")
@Pinned("toy.layers.json")
interface PinnedToy extends AnyToy {
  @Override
  Block h(@Index(value = "n_layer", count = 12) int layer);
}

class Use {
  static List<?> paths() {
    PinnedToy toy = new PinnedToyModel();
    return List.of(
        toy, // toy
        toy.h(11), // h.11
        toy.h(0).pattern()); // h.0.attn.pattern
  }
}
