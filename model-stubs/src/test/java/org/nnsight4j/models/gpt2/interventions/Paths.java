package org.nnsight4j.models.gpt2.interventions;

import org.nnsight4j.arch.LayerNode;
import org.nnsight4j.arch.Model;
import org.nnsight4j.arch.ProxyNode;
import org.nnsight4j.arch.Scope;
import org.nnsight4j.family.Port;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/** GPT-2 without a descriptor: sites by their names in the fixtures. */
final class Paths extends ProxyNode implements Model<Paths> {
  Paths() {
    this(Scope.unbound("gpt2"));
  }

  private Paths(Scope scope) {
    super(scope, "");
  }

  @Override
  public Paths bind(Scope newScope) {
    return new Paths(newScope);
  }

  /** A site such as {@code transformer.h.1.mlp.output} or {@code transformer.h.1.attn.q}. */
  Value<Axis> read(String site) {
    if (site.endsWith(".input")) {
      return scope.read(moduleOf(site), Port.INPUT, 0);
    }
    return scope.read(moduleOf(site), Port.OUTPUT, 0);
  }

  /** The logits. */
  Value<Axis> logits() {
    return scope.read("", Port.OUTPUT, 0);
  }

  /** A module, to call or to skip it. */
  LayerNode<Axis> module(String module) {
    return new LayerNode<>(scope, module);
  }

  static String moduleOf(String site) {
    return site.replaceFirst("\\.(input|output)$", "");
  }
}
