package good;

import java.util.List;
import org.nnsight4j.arch.Architecture;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.arch.Index;
import org.nnsight4j.arch.TupleLayer;

@Architecture("clashes")
public interface Clashes extends org.nnsight4j.arch.Layer<Clashes.Hidden> {
  Node node();

  LayerNode layerNode();

  Model model(@Index("n") int n);

  Scope scope();

  Override override();

  Generated generated();

  String string();

  Layer layer();

  Axis2 axis2();

  ClashesModel clashesModel();

  Encoder encoder();

  Decoder decoder();

  interface Node extends TupleLayer<Hidden> {
    NodeNode nodeNode();

    interface NodeNode extends TupleLayer<Hidden> {
      org.nnsight4j.arch.Layer<Hidden> leaf();
    }
  }

  interface LayerNode extends TupleLayer<Hidden> {}

  interface Model extends TupleLayer<Hidden> {}

  interface Scope extends org.nnsight4j.arch.Site<Hidden> {}

  interface Override extends TupleLayer<Hidden> {}

  interface Generated extends TupleLayer<Hidden> {}

  interface String extends TupleLayer<Hidden> {}

  interface Layer extends TupleLayer<Hidden> {}

  interface Index2 extends TupleLayer<Hidden> {}

  interface Axis2 extends TupleLayer<Hidden> {}

  interface ClashesModel extends TupleLayer<Hidden> {}

  interface Encoder extends TupleLayer<Hidden> {
    Block block();

    interface Block extends TupleLayer<Hidden> {
      org.nnsight4j.arch.Layer<Hidden> up();
    }
  }

  interface Decoder extends TupleLayer<Hidden> {
    Block block();

    interface Block extends TupleLayer<Hidden> {
      org.nnsight4j.arch.Layer<Hidden> down();
    }
  }

  interface Hidden extends Axis {}
}

class Use {
  static List<?> paths() {
    Clashes model = new ClashesModel().bind(org.nnsight4j.arch.Scope.unbound("bound"));
    return List.of(
        model, // bound
        model.node().nodeNode().leaf(), // node.nodeNode.leaf
        model.layerNode(), // layerNode
        model.model(1), // model.1
        model.scope(), // scope
        model.override(), // override
        model.generated(), // generated
        model.string(), // string
        model.layer(), // layer
        model.axis2(), // axis2
        model.clashesModel(), // clashesModel
        model.encoder().block().up(), // encoder.block.up
        model.decoder().block().down()); // decoder.block.down
  }
}
