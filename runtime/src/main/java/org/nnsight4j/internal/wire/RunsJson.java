package org.nnsight4j.internal.wire;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.RunCondition;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.spelling.HalfCharacters;

/** How the graphs of a request are run, as JSON. */
final class RunsJson {
  private static final Set<String> FIELDS = Set.of("kind", "lines", "options", "wholePass", "when");
  private static final Set<String> SWEEP_FIELDS =
      Set.of("kind", "lines", "options", "wholePass", "when", "sweep");
  private static final Set<String> BOUNDED_FIELDS =
      Set.of("kind", "lines", "options", "wholePass", "when", "maxBytes");
  private static final String MAX_BYTES = "maxBytes";
  private static final Set<String> LINE = Set.of("class", "file", "number");
  private static final Set<String> CONDITION = Set.of("run", "save", "line");

  private RunsJson() {}

  static ArrayNode write(List<RequestedRun> runs) {
    ArrayNode list = JsonNodeFactory.instance.arrayNode();
    for (RequestedRun run : runs) {
      ObjectNode json = list.addObject();
      boolean wholePass = run.kind() instanceof RunKind.Trace trace && trace.wholePass();
      json.put("kind", name(run.kind()));
      if (run.kind() instanceof RunKind.Sweep sweep) {
        json.set("sweep", SweepJson.write(sweep.spec()));
      }
      json.put("wholePass", wholePass);
      if (run.kind() instanceof RunKind.Trace trace
          && trace.maxBytes() != RunKind.Trace.USUAL_BYTES) {
        json.put(MAX_BYTES, trace.maxBytes());
      }
      ArrayNode lines = json.putArray("lines");
      run.lines().forEach(line -> lines.add(write(line)));
      json.set(
          "options",
          OptionsJson.write(
              run.kind() instanceof RunKind.Generate generate
                  ? generate.options()
                  : GenerateOptions.defaults()));
      json.set("when", write(run.when()));
    }
    return list;
  }

  private static String name(RunKind kind) {
    if (kind instanceof RunKind.Sweep) {
      return "sweep";
    }
    return kind instanceof RunKind.Generate ? "generate" : "trace";
  }

  private static JsonNode write(@Nullable RunCondition condition) {
    if (condition == null) {
      return JsonNodeFactory.instance.nullNode();
    }
    return JsonNodeFactory.instance
        .objectNode()
        .put("run", condition.run())
        .put("save", condition.save())
        .set("line", write(condition.line()));
  }

  private static ObjectNode write(SourceLine line) {
    return JsonNodeFactory.instance
        .objectNode()
        .put("class", line.className())
        .put("file", line.file())
        .put("number", line.line());
  }

  /** Reads what {@link #write} returns, for as many graphs. */
  static List<RequestedRun> read(JsonNode list, List<Graph> graphs) {
    if (!list.isArray() || list.size() != graphs.size()) {
      throw new SerializationException(
          "the request: expected a list of %s runs, one for each graph, found %s"
              .formatted(graphs.size(), list.isArray() ? list.size() : "no list"));
    }
    List<RequestedRun> runs = new ArrayList<>();
    for (int i = 0; i < graphs.size(); i++) {
      JsonNode json = list.get(i);
      fields(
          "run " + i,
          json,
          json.has("sweep") ? SWEEP_FIELDS : json.has(MAX_BYTES) ? BOUNDED_FIELDS : FIELDS);
      runs.add(
          new RequestedRun(
              graphs.get(i),
              lines("run " + i, json.get("lines"), graphs.get(i).prompts().size()),
              kind(json),
              condition(json.get("when"), i)));
    }
    return runs;
  }

  /** Refuses an object that does not have exactly these fields. */
  static void fields(String where, JsonNode json, Set<String> names) {
    for (String name : names) {
      if (!json.has(name)) {
        throw new SerializationException("%s: the field '%s' is missing".formatted(where, name));
      }
    }
    if (json.size() != names.size()) {
      throw new SerializationException(
          "%s: this version of nnsight4j knows the fields %s, found others"
              .formatted(where, names));
    }
  }

  private static RunKind kind(JsonNode json) {
    JsonNode sweep = json.get("sweep");
    if (json.get("kind").asText().equals("sweep") != (sweep != null)) {
      throw new SerializationException("the run: a sweep, and nothing else, has the field 'sweep'");
    }
    if (sweep != null) {
      return new RunKind.Sweep(SweepJson.read(sweep));
    }
    GenerateOptions options = OptionsJson.read(json.get("options"));
    boolean wholePass = wholePass(json.get("wholePass"));
    return switch (json.get("kind").asText()) {
      case "generate" -> generating(options, json);
      case "trace" -> new RunKind.Trace(wholePass, maxBytes(json));
      default ->
          throw new SerializationException(
              "the run: 'kind' must be one of generate, sweep, trace, found another");
    };
  }

  private static RunKind generating(GenerateOptions options, JsonNode json) {
    if (json.has(MAX_BYTES)) {
      throw new SerializationException(
          "the run: 'maxBytes' belongs to a trace, and this run generates");
    }
    return new RunKind.Generate(options);
  }

  private static long maxBytes(JsonNode json) {
    JsonNode value = json.get(MAX_BYTES);
    if (value == null) {
      return RunKind.Trace.USUAL_BYTES;
    }
    if (!value.canConvertToLong() || !value.isIntegralNumber() || value.longValue() < 1) {
      throw new SerializationException("the run: 'maxBytes' must be a number of at least 1");
    }
    return value.longValue();
  }

  private static boolean wholePass(JsonNode value) {
    if (!value.isBoolean()) {
      throw new SerializationException("the run: 'wholePass' must be true or false");
    }
    return value.booleanValue();
  }

  private static @Nullable RunCondition condition(JsonNode json, int run) {
    if (json.isNull()) {
      return null;
    }
    fields("the condition of run " + run, json, CONDITION);
    return new RunCondition(
        number(json, "run"),
        number(json, "save"),
        line("the condition of run " + run, json.get("line")));
  }

  private static List<SourceLine> lines(String where, JsonNode json, int prompts) {
    if (!json.isArray() || json.size() != prompts) {
      throw new SerializationException(
          "%s: expected a list of %s lines, one for each prompt".formatted(where, prompts));
    }
    List<SourceLine> lines = new ArrayList<>();
    json.forEach(line -> lines.add(line(where, line)));
    return lines;
  }

  private static SourceLine line(String where, JsonNode json) {
    fields(where + ", a line", json, LINE);
    return new SourceLine(text(json, "class"), text(json, "file"), number(json, "number"));
  }

  private static String text(JsonNode json, String name) {
    JsonNode value = json.get(name);
    if (!value.isTextual() || HalfCharacters.in(value.textValue()).isPresent()) {
      throw new SerializationException("the run: '%s' must be text".formatted(name));
    }
    return value.textValue();
  }

  private static int number(JsonNode json, String name) {
    JsonNode value = json.get(name);
    if (!value.isInt()) {
      throw new SerializationException("the run: '%s' must be a number".formatted(name));
    }
    return value.intValue();
  }
}
