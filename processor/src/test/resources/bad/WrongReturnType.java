package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
@SuppressWarnings("rawtypes")
public interface WrongReturnType extends Layer<WrongReturnType.Hidden> {
  void nothing();
  //   ^ ERROR[WrongReturnType] nothing() returns void; expected a layer or a site, such as Layer<Hidden>

  int number();
  //  ^ ERROR[WrongReturnType] number() returns int;

  String text();
  //     ^ ERROR[WrongReturnType] text() returns the class String;

  Layer<Hidden>[] array();
  //              ^ ERROR[WrongReturnType] array() returns Layer<WrongReturnType.Hidden>[];

  Layer raw();
  //    ^ ERROR[WrongReturnType] raw() returns Layer without a width; expected a layer or a site, and a width is an interface of yours that extends Axis, as in Layer<Width>

  Transform<Hidden, ?> wildcard();
  //                   ^ ERROR[WrongReturnType] wildcard() returns Transform<WrongReturnType.Hidden,?>; expected a layer or a site, and a width is

  Layer<Boxed<Hidden>> boxed();
  //                   ^ ERROR[WrongReturnType] boxed() returns Layer<WrongReturnType.Boxed<WrongReturnType.Hidden>>;

  Hidden width();
  //     ^ ERROR[WrongReturnType] width() returns the width WrongReturnType.Hidden; expected a layer or a site, as in Layer<WrongReturnType.Hidden>

  java.util.List<Layer<Hidden>> list(@Index("n_layer") int layer);
  //                            ^ ERROR[WrongReturnType] list(int) returns the interface List;

  Color color();
  //    ^ ERROR[WrongReturnType] color() returns the enum Color;

  Layer<Hidden> good();

  interface Boxed<T> extends Axis {}

  interface Hidden extends Axis {}
}

enum Color { RED }

class Use {
  Object good = new WrongReturnTypeModel().good();
}
