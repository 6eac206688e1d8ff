package bad;

import org.nnsight4j.arch.*; import org.nnsight4j.tensor.Axis;

@Architecture("toy")
public interface ThrowsClause extends Layer<ThrowsClause.Hidden> {
  Layer<Hidden> wte() throws java.io.IOException;
  //            ^ ERROR[ThrowsClause] wte() throws IOException, but a layer's method only names a place; remove the clause

  Layer<Hidden> good();

  interface Hidden extends Axis {}
}

class Use {
  Object good = new ThrowsClauseModel().good();
}
