package org.nnsight4j.internal.jinja;

import java.util.Map;

/** A part of a template with a name and parameters; its value is the text that it writes. */
record Macro(String name, Map<String, Expression> parameters, Statement body, Names defined)
    implements Function {
  @Override
  public Object call(CallArguments given) {
    if (given.positional().size() > parameters.size()) {
      throw new TemplateException(
          "macro '%s' takes not more than %s argument(s)".formatted(name, parameters.size()));
    }
    for (String each : given.named().keySet()) {
      if (!parameters.containsKey(each)) {
        throw new TemplateException(
            "macro '%s' takes no keyword argument '%s'".formatted(name, each));
      }
    }
    Names scope = defined.inner();
    int place = 0;
    for (Map.Entry<String, Expression> each : parameters.entrySet()) {
      Object value =
          given.has(place, each.getKey())
              ? given.required(place, each.getKey())
              : each.getValue().value(scope);
      scope.set(each.getKey(), value);
      place++;
    }
    StringBuilder out = new StringBuilder();
    scope.step(out);
    var unused = body.run(scope, out);
    return out.toString();
  }

  @Override
  public String toString() {
    return "<Macro '%s'>".formatted(name);
  }
}
