package org.nnsight4j.internal.jinja;

import java.time.LocalDateTime;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;

/**
 * A Jinja template, rendered as transformers renders chat templates. What a template uses and is
 * not implemented is refused by name, and one that would not end is stopped, because templates come
 * from untrusted sources.
 */
public final class Template {
  private static final long MOST_OF_A_RANGE = 100_000;

  private final Statement statement;
  private final Supplier<LocalDateTime> clock;

  private Template(Statement statement, Supplier<LocalDateTime> clock) {
    this.statement = statement;
    this.clock = clock;
  }

  /**
   * Parses a template.
   *
   * @param clock for {@code strftime_now}
   * @throws TemplateException if it cannot be parsed
   */
  public static Template parse(String source, Supplier<LocalDateTime> clock) {
    try {
      return new Template(TemplateParser.parse(source), clock);
    } catch (StackOverflowError e) {
      throw new TemplateException("the template is nested too deep");
    }
  }

  /**
   * Renders the template.
   *
   * @param variables text, numbers, truth values, null, and lists and maps of those
   * @throws TemplateException if the template rejects them, or fails
   */
  public String render(Map<String, ? extends @Nullable Object> variables) {
    Map<String, Object> names = new HashMap<>(functions());
    variables.forEach((name, value) -> names.put(name, PythonValues.of(value)));
    StringBuilder out = new StringBuilder();
    try {
      // Names set by the template itself hide the given ones.
      var unused = statement.run(Names.of(names).inner(), out);
    } catch (StackOverflowError e) {
      throw new TemplateException("the template is nested too deep");
    }
    return out.toString();
  }

  private Map<String, Object> functions() {
    Map<String, Object> functions = new HashMap<>();
    put(
        functions,
        "raise_exception",
        given -> {
          throw new TemplateException(Text.str(given.required(0, "message")));
        });
    put(functions, "strftime_now", given -> Dates.format(clock.get(), given.text(0, "format", "")));
    put(
        functions,
        "namespace",
        given -> {
          Namespace namespace = new Namespace();
          map(given).forEach((name, value) -> namespace.names.put(Text.str(name), value));
          return namespace;
        });
    put(functions, "dict", Template::map);
    put(functions, "range", Template::range);
    return functions;
  }

  private static void put(Map<String, Object> functions, String name, Function function) {
    functions.put(name, function);
  }

  private static Map<Object, Object> map(CallArguments given) {
    Map<Object, Object> map = new LinkedHashMap<>();
    if (!given.positional().isEmpty() && given.positional().get(0) instanceof Map<?, ?> first) {
      map.putAll(first);
    }
    map.putAll(given.named());
    return map;
  }

  private static Object range(CallArguments given) {
    boolean one = given.positional().size() < 2;
    long from = one ? 0 : given.integer(0, "start", 0);
    long to = given.integer(one ? 0 : 1, "stop", 0);
    long by = given.integer(2, "step", 1);
    if (by == 0 || Math.abs((to - from) / by) > MOST_OF_A_RANGE) {
      throw new TemplateException("range(...) is too long, or its step is 0");
    }
    List<Object> numbers = new ArrayList<>();
    for (long i = from; by > 0 ? i < to : i > to; i += by) {
      numbers.add(i);
    }
    return numbers;
  }
}
