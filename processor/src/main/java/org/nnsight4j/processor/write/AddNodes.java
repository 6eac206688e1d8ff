package org.nnsight4j.processor.write;

import java.util.List;
import org.nnsight4j.processor.model.LayerModel;

/** Adds a private proxy for every layer interface. */
final class AddNodes implements Rule {
  private final List<Rule> rules;

  AddNodes(List<Rule> rules) {
    this.rules = rules;
  }

  @Override
  public void execute(ClassContext context) {
    for (LayerModel layer : context.model().nested()) {
      ClassContext nested = ClassContext.nested(context.model(), layer);
      rules.forEach(rule -> rule.execute(nested));
      context.type().addType(nested.type().build());
    }
  }
}
