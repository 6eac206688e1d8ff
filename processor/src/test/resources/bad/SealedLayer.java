package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public sealed interface SealedLayer extends Layer<SealedLayer.Hidden> permits Mine {
//            ^ ERROR[SealedLayer] SealedLayer is sealed, but SealedLayerModel has to implement it; remove 'sealed' and 'permits'
  Layer<Hidden> good();

  Block block();

  sealed interface Block extends TupleLayer<Hidden> permits Special {
  //     ^ ERROR[SealedLayer] Block is sealed, but SealedLayerModel has to implement it; remove 'sealed' and 'permits'
    Layer<Hidden> leaf();
  }

  non-sealed interface Special extends Block {}

  interface Hidden extends Axis {}
}

non-sealed interface Mine extends SealedLayer {}

class Use {
  Object good = new SealedLayerModel();
}
