package good;

import java.util.List;
import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("a \"quoted\" \\ name")
public interface Keywords extends TupleLayer<Keywords.Hidden> {
  @At("default")
  Layer<Hidden> standard();

  @At("class")
  Layer<Hidden> kind();

  @At("0")
  Layer<Hidden> first();

  @At("mlp.0.proj")
  Layer<Hidden> deep();

  @At("*/}{@link<b>\\u002a/&\"$L'é")
  Layer<Hidden> odd();

  Layer<Hidden> scope();

  Layer<Hidden> path();

  Layer<Hidden> child();

  Layer<Hidden> item();

  Layer<Hidden> node();

  Layer<Hidden> equals();

  Layer<Hidden> wait(@Index("n") int times);

  @At("s")
  Layer<Hidden> scopes(@Index("n") int scope);

  @At("p")
  Layer<Hidden> paths(@Index("n") int path);

  @At("o")
  Layer<Hidden> orgs(@Index("text_config.num_hidden_layers") int org);

  @At("i")
  Layer<Hidden> items(@Index("\"$T\\*/") int item);

  @At("items")
  Layer<Hidden> items();

  interface Hidden extends Axis {}
}

class Use {
  static List<?> paths() {
    Keywords model = new KeywordsModel();
    return List.of(
        model, // a "quoted" \ name
        model.standard(), // default
        model.kind(), // class
        model.first(), // 0
        model.deep(), // mlp.0.proj
        model.odd(), // */}{@link<b>\u005cu002a/&"$L'é
        model.scope(), // scope
        model.path(), // path
        model.child(), // child
        model.item(), // item
        model.node(), // node
        model.equals(), // equals
        model.wait(1), // wait.1
        model.scopes(2), // s.2
        model.paths(3), // p.3
        model.orgs(4), // o.4
        model.items(5), // i.5
        model.items()); // items
  }
}
