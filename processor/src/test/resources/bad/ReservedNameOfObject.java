package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface ReservedNameOfObject extends Layer<ReservedNameOfObject.Hidden> {
  @Override
  int hashCode();
  //  ^ ERROR[ReservedName] 'hashCode' is a method of every Java object; name this one otherwise and keep its place with @At("hashCode")

  @Override
  String toString();
  //     ^ ERROR[ReservedName] 'toString' is a method of every Java object;

  @Override
  boolean equals(Object other);
  //      ^ ERROR[ReservedName] 'equals' is a method of every Java object;

  Layer<Hidden> good();

  interface Hidden extends Axis {}
}

class Use {
  Object good = new ReservedNameOfObjectModel().good();
}
