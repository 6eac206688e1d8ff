package org.nnsight4j.internal.jinja;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** {@code for}, with the variable {@code loop} inside it. */
record Loop(
    List<String> names,
    Expression over,
    @Nullable Expression condition,
    Statement body,
    Statement otherwise)
    implements Statement {
  @Override
  public Next run(Names scope, StringBuilder out) {
    List<Object> values = values(scope);
    if (values.isEmpty()) {
      return otherwise.run(scope.inner(), out);
    }
    for (int i = 0; i < values.size(); i++) {
      scope.step(out);
      Names inner = scope.inner();
      TemplateParser.assign(inner, names, values.get(i));
      inner.set("loop", facts(values, i));
      if (body.run(inner, out) == Next.BREAK) {
        break;
      }
    }
    return Next.GO_ON;
  }

  private List<Object> values(Names scope) {
    List<Object> values = PythonValues.iterate(over.value(scope));
    if (condition == null) {
      return values;
    }
    List<Object> some = new ArrayList<>();
    for (Object value : values) {
      Names inner = scope.inner();
      TemplateParser.assign(inner, names, value);
      if (PythonValues.truth(condition.value(inner))) {
        some.add(value);
      }
    }
    return some;
  }

  private static Map<Object, Object> facts(List<Object> values, int place) {
    int size = values.size();
    Map<Object, Object> loop = new LinkedHashMap<>();
    loop.put("index", (long) place + 1);
    loop.put("index0", (long) place);
    loop.put("revindex", (long) size - place);
    loop.put("revindex0", (long) size - place - 1);
    loop.put("first", place == 0);
    loop.put("last", place == size - 1);
    loop.put("length", (long) size);
    loop.put("depth", 1L);
    loop.put("depth0", 0L);
    loop.put(
        "previtem",
        place == 0 ? new Undefined("there is no previous item") : values.get(place - 1));
    loop.put(
        "nextitem",
        place == size - 1 ? new Undefined("there is no next item") : values.get(place + 1));
    Function cycle =
        given ->
            given.positional().isEmpty()
                ? new Undefined("no items for cycling given")
                : given.positional().get(place % given.positional().size());
    loop.put("cycle", cycle);
    return loop;
  }
}
