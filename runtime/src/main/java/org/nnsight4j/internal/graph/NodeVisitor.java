package org.nnsight4j.internal.graph;

/**
 * Handles each kind of node; javac names the visitors that do not handle a new kind.
 *
 * @param <T> the result
 */
public interface NodeVisitor<T> {
  T read(Node.Read node);

  T write(Node.Write node);

  T skip(Node.Skip node);

  T stop(Node.Stop node);

  T call(Node.Call node);

  T apply(Node.Apply node);

  T point(Node.Point node);

  T constant(Node.Constant node);

  T parameter(Node.Parameter node);

  T parameterWrite(Node.ParameterWrite node);

  T bridge(Node.Bridge node);

  T positions(Node.Positions node);

  T stepIndex(Node.StepIndex node);

  T gradient(Node.Gradient node);

  T gradientWrite(Node.GradientWrite node);

  T merge(Node.Merge node);

  T carry(Node.Carry node);

  T next(Node.Next node);

  T loopResult(Node.LoopResult node);

  T hostCall(Node.HostCall node);

  T save(Node.Save node);
}
