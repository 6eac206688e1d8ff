package org.nnsight4j.server.text;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Invoker;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.spelling.Counted;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Slice;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Receipt;
import org.nnsight4j.values.Value;

/**
 * The field {@code nnsight4j} of a request: what is changed in the model at each step, and what is
 * read in the same pass.
 */
final class Extension {
  static final String NAME = "nnsight4j";

  /** More would fill the memory of the server, which writes them as JSON. */
  private static final long MOST_NUMBERS = 1_000_000;

  private static final int MOST = 64;

  /** A change of a place, at each step. */
  private interface Change {
    void record(Invoker<AnyModel> invoker);
  }

  /**
   * A place that is read.
   *
   * @param weights a probe's; null if the place itself is kept
   * @param generated whether new tokens are read, too
   */
  private record Read(
      String name,
      String site,
      @Nullable Tensor weights,
      double bias,
      int from,
      int to,
      boolean generated) {
    Value<Axis> of(Invoker<AnyModel> invoker, Slice positions) {
      Value<Axis> value = invoker.model().hook(site).get(Slice.at(0), positions);
      return weights == null ? value : value.mul(invoker.constant(weights)).sum(-1).add(bias);
    }
  }

  private final List<Change> changes = new ArrayList<>();
  private final List<Read> reads = new ArrayList<>();
  private final int promptTokens;
  private final int steps;

  /**
   * Reads the field.
   *
   * @param json null if there is none
   * @param promptTokens how many tokens the prompt has
   * @param steps how many passes there may be
   */
  Extension(TextModel model, @Nullable JsonNode json, int promptTokens, int steps) {
    this.promptTokens = promptTokens;
    this.steps = steps;
    if (json == null) {
      return;
    }
    Fields fields = Fields.of(NAME, json, Set.of("edits", "steering", "probes", "capture"));
    fields
        .objects("edits", Set.of("site", "operation", "factor", "vector"))
        .forEach(each -> changes.add(edit(model, each)));
    fields
        .objects("steering", Set.of("layer", "vector", "coefficient"))
        .forEach(each -> changes.add(steering(model, each)));
    for (Fields each :
        fields.objects("probes", Set.of("name", "site", "layer", "weights", "bias", "window"))) {
      reads.add(probe(model, each));
    }
    JsonNode capture = fields.get("capture");
    if (capture != null) {
      capture(model, Fields.of(fields.name("capture"), capture, Set.of("sites", "window")));
    }
    if (changes.size() + reads.size() > MOST) {
      throw Fields.wrong(
          NAME,
          "expected at most %s edits, vectors, probes and sites, found %s"
              .formatted(MOST, changes.size() + reads.size()));
    }
    checkSize(model);
  }

  boolean isEmpty() {
    return changes.isEmpty() && reads.isEmpty();
  }

  private void checkSize(TextModel model) {
    long numbers = 0;
    for (Read read : reads) {
      long each = read.weights == null ? model.width(read.site, NAME) : 1;
      numbers += each * (read.to - read.from + (read.generated ? steps - 1 : 0));
    }
    if (numbers > MOST_NUMBERS) {
      throw Fields.wrong(
          NAME,
          "expected at most %s numbers in an answer, these sites and windows are %s; ask for a smaller window, or send a job, whose result is a file"
              .formatted(MOST_NUMBERS, numbers));
    }
  }

  private static Change edit(TextModel model, Fields fields) {
    String site = fields.text("site");
    int width = model.width(site, fields.name("site"));
    String operation = fields.text("operation");
    boolean scales = operation.equals("scale");
    boolean takesVector = operation.equals("add") || operation.equals("set");
    if (!scales && !takesVector && !operation.equals("zero")) {
      throw Fields.refused(
          fields.name("operation"), "zero, scale, add or set", fields.get("operation"));
    }
    if (fields.get("factor") != null && !scales || fields.get("vector") != null && !takesVector) {
      throw Fields.wrong(
          fields.name("operation"),
          "expected a 'factor' with scale and a 'vector' with add or set alone, found another with '%s'"
              .formatted(operation));
    }
    if (scales) {
      Double given = fields.number("factor", -Float.MAX_VALUE, Float.MAX_VALUE);
      if (given == null) {
        throw Fields.refused(fields.name("factor"), "a number", null);
      }
      double factor = given;
      return invoker -> {
        Value<Axis> value = invoker.model().hook(site);
        value.set(value.mul(factor));
      };
    }
    if (!takesVector) {
      return invoker -> invoker.model().hook(site).set(0.0);
    }
    Tensor vector = fields.vector("vector", width);
    boolean adds = operation.equals("add");
    return invoker -> {
      Value<Axis> value = invoker.model().hook(site);
      Value<Axis> given = invoker.constant(vector);
      value.set(adds ? value.add(given) : given);
    };
  }

  private static Change steering(TextModel model, Fields fields) {
    fields.required("layer", "a layer");
    int layer = layer(model, fields);
    Tensor vector = fields.vector("vector", model.hiddenWidth());
    Double given = fields.number("coefficient", -Float.MAX_VALUE, Float.MAX_VALUE);
    double coefficient = given == null ? 1 : given;
    String site = model.layerSite(layer);
    return invoker -> {
      Value<Axis> output = invoker.model().hook(site);
      output.set(output.add(invoker.constant(vector).mul(coefficient)));
    };
  }

  /** A layer, from 0 or from -1 backwards, as one from 0. */
  static int layer(TextModel model, Fields fields) {
    int layers = model.layers();
    Integer layer = fields.whole("layer", -layers, layers - 1);
    return layer == null ? -1 : layer < 0 ? layer + layers : layer;
  }

  private Read probe(TextModel model, Fields fields) {
    boolean atLayer = fields.get("layer") != null;
    if (atLayer == (fields.get("site") != null)) {
      throw Fields.wrong(
          fields.name("site"),
          "expected either a 'site' or a 'layer' of a probe, found both or none");
    }
    String site = atLayer ? model.layerSite(layer(model, fields)) : fields.text("site");
    int width = model.width(site, fields.name("site"));
    Tensor weights = fields.vector("weights", width);
    Double bias = fields.number("bias", -Float.MAX_VALUE, Float.MAX_VALUE);
    return read(fields, fields.text("name", site), site, weights, bias == null ? 0 : bias);
  }

  private void capture(TextModel model, Fields fields) {
    JsonNode sites = fields.required("sites", "a list of sites");
    if (!sites.isArray() || sites.isEmpty()) {
      throw Fields.refused(fields.name("sites"), "a list of sites", sites);
    }
    for (int i = 0; i < sites.size(); i++) {
      String param = "%s[%s]".formatted(fields.name("sites"), i);
      String site = Fields.textOf(param, sites.get(i));
      int width = model.width(site, param);
      assert width > 0;
      reads.add(read(fields, site, site, null, 0));
    }
  }

  private Read read(
      Fields fields, String name, String site, @Nullable Tensor weights, double bias) {
    JsonNode json = fields.get("window");
    if (json == null) {
      return new Read(name, site, weights, bias, 0, promptTokens, true);
    }
    Fields window = Fields.of(fields.name("window"), json, Set.of("from", "to", "generated"));
    int from = place(window, "from", 0);
    int to = place(window, "to", promptTokens);
    if (from >= to) {
      throw Fields.wrong(
          fields.name("window"),
          "expected at least one token of a prompt of %s, found none from %s to before %s"
              .formatted(Counted.of(promptTokens, "token"), from, to));
    }
    return new Read(name, site, weights, bias, from, to, window.flag("generated"));
  }

  private int place(Fields window, String name, int usual) {
    Integer given = window.whole(name, -promptTokens, promptTokens);
    return given == null ? usual : given < 0 ? given + promptTokens : given;
  }

  /** Records it on the only input of a run. */
  void record(Invoker<AnyModel> invoker) {
    if (!changes.isEmpty()) {
      invoker.allSteps().forEach(model -> changes.forEach(each -> each.record(invoker)));
    }
    for (Read read : reads) {
      var unused = read.of(invoker, Slice.range(read.from, read.to)).save();
    }
    if (steps > 1 && reads.stream().anyMatch(Read::generated)) {
      invoker
          .steps(1, steps)
          .forEach(
              model -> {
                for (Read read : reads) {
                  if (read.generated) {
                    var unused = read.of(invoker, Slice.at(-1)).save();
                  }
                }
              });
    }
  }

  /**
   * What the answer says about it.
   *
   * @param saves the nodes that keep values, in the order in which they were recorded
   */
  ObjectNode answer(Result result, List<Integer> saves) {
    ObjectNode answer = JsonNodeFactory.instance.objectNode();
    ArrayNode probes = answer.putArray("probes");
    ArrayNode captured = answer.putArray("captured");
    int later = reads.size();
    for (int i = 0; i < reads.size(); i++) {
      Read read = reads.get(i);
      boolean both = steps > 1 && read.generated;
      Map<Integer, Tensor> generated =
          both ? new TreeMap<>(saved(result, saves.get(later++))) : Map.of();
      Tensor prompt = saved(result, saves.get(i)).get(0);
      ObjectNode told = (read.weights == null ? captured : probes).addObject();
      told.put(read.weights == null ? "site" : "name", read.name);
      ArrayNode positions = told.putArray("positions");
      ArrayNode numbers = told.putArray(read.weights == null ? "values" : "scores");
      for (int position = read.from; position < read.to; position++) {
        positions.add(position);
      }
      add(numbers, prompt, read.to - read.from, read.weights != null);
      generated.forEach(
          (step, tensor) -> {
            positions.add(promptTokens + step - 1);
            add(numbers, tensor, 1, read.weights != null);
          });
    }
    answer.set("receipt", receipt(result.receipt()));
    return answer;
  }

  private static Map<Integer, Tensor> saved(Result result, int node) {
    return result.saved().getOrDefault(node, Map.of());
  }

  private static void add(ArrayNode to, @Nullable Tensor tensor, int rows, boolean scores) {
    if (tensor == null) {
      throw new IllegalStateException("expected a value of the prompt, found none");
    }
    float[] all = tensor.toFloatArray();
    int width = all.length / rows;
    for (int row = 0; row < rows; row++) {
      ArrayNode numbers = scores ? to : to.addArray();
      for (int i = 0; i < width; i++) {
        numbers.add(all[row * width + i]);
      }
    }
  }

  private static ArrayNode receipt(Receipt receipt) {
    ArrayNode entries = JsonNodeFactory.instance.arrayNode();
    for (Receipt.Entry entry : receipt.entries()) {
      ObjectNode told = entries.addObject();
      told.put("kind", entry.kind());
      told.put("site", entry.site());
      told.put("when", entry.when());
      told.put("fired", entry.fired());
      if (Double.isFinite(entry.change())) {
        told.put("change", entry.change());
      }
    }
    if (!receipt.batched().isEmpty()) {
      entries.addObject().put("batched", receipt.batched());
    }
    receipt.warnings().forEach(warning -> entries.addObject().put("warning", warning));
    return entries;
  }
}
