package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface BadShape extends Layer<BadShape.Hidden> {
  @Shape("batch, head, key") Site<Key> scores();
  //     ^ ERROR[BadShape] "batch, head, key" is no list of names; expected the names of all axes, such as "[batch, position, key]"

  @Shape("[batch, key, head]") Site<Key> pattern();
  //     ^ ERROR[BadShape] "[batch, key, head]" does not end with key, the width of its type; expected the names of all axes, such as "[batch, position, key]"

  @Shape("[batch, position]") Site<Axis> ids();

  interface Hidden extends Axis {}

  interface Key extends Axis {}
}

class UseBadShape {
  Object good = new BadShapeModel().ids();
}
