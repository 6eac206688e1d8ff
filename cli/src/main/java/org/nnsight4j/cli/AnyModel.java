package org.nnsight4j.cli;

import org.nnsight4j.arch.Model;
import org.nnsight4j.arch.Node;
import org.nnsight4j.arch.Scope;

/** The root of any architecture, for commands that find sites by their paths. */
final class AnyModel extends Node implements Model<AnyModel> {
  AnyModel(String architecture) {
    this(Scope.unbound(architecture));
  }

  private AnyModel(Scope scope) {
    super(scope, "");
  }

  @Override
  public AnyModel bind(Scope scope) {
    return new AnyModel(scope);
  }
}
