package org.nnsight4j.models.gpt2.interventions;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;
import java.util.function.Function;
import org.nnsight4j.Invoker;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Slice;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/**
 * Records the edits of a case, with one call of {@code set} for every part that they name.
 *
 * @param invoker whose rows
 * @param tensors the numbers that edits name
 * @param others gives the model proxies of another row's invoker
 */
record Edits(
    Invoker<Paths> invoker, Function<String, Tensor> tensors, Function<JsonNode, Paths> others) {
  Edits(Invoker<Paths> invoker, Topic.Case source) {
    this(invoker, source::tensor, row -> invoker.model());
  }

  /** Records all edits of a list. */
  void record(JsonNode edits) {
    Topic.elements(edits).forEach(this::recordOne);
  }

  private void recordOne(JsonNode edit) {
    atSteps(invoker, edit, model -> conditional(model, edit));
  }

  /** One step is recorded by {@code step(n)}, several by a loop over steps; none as it is. */
  static void atSteps(Invoker<Paths> invoker, JsonNode edit, Consumer<Paths> body) {
    if (!edit.has("steps")) {
      body.accept(invoker.model());
      return;
    }
    int[] steps = Topic.ints(edit.get("steps"));
    if (steps.length == 1) {
      body.accept(invoker.step(steps[0]));
      invoker.step(0);
    } else {
      invoker.steps(steps[0], steps[steps.length - 1] + 1).forEach(body);
    }
  }

  private void conditional(Paths model, JsonNode edit) {
    JsonNode condition = edit.get("if");
    if (condition == null) {
      apply(model, edit);
      return;
    }
    Value<Axis> read = model.read(condition.get("site").asText());
    Value<Axis> norm = read.at(condition.get("position").asInt()).norm(-1);
    norm.gt(condition.get("norm_greater_than").asDouble()).cond(() -> apply(model, edit));
  }

  private void apply(Paths model, JsonNode edit) {
    String site = edit.get("site").asText();
    if (edit.get("op").asText().equals("skip")) {
      Value<Axis> input = model.module(site).input();
      model
          .module(site)
          .skip(
              switch (edit.get("with").asText()) {
                case "input" -> input;
                case "zeros" -> input.mul(0);
                default -> input.constant(tensor(edit, null));
              });
      return;
    }
    if (!edit.has("positions")) {
      parts(model.read(site), edit, null);
    } else {
      for (int position : Topic.ints(edit.get("positions"))) {
        parts(model.read(site).at(position), edit, position);
      }
    }
  }

  /** Every combination of a head and a column; the position axis is gone if one was chosen. */
  private void parts(Value<Axis> value, JsonNode edit, Integer position) {
    List<Value<Axis>> parts = split(value, edit);
    if (edit.has("from")) {
      List<Value<Axis>> others = split(other(edit), edit);
      for (int i = 0; i < parts.size(); i++) {
        parts.get(i).set(others.get(i));
      }
    } else {
      parts.forEach(part -> change(part, edit, position));
    }
  }

  private static List<Value<Axis>> split(Value<Axis> value, JsonNode edit) {
    List<Value<Axis>> parts = List.of(value);
    if (edit.has("heads")) {
      parts = split(parts, edit.get("heads"), head -> new Slice[] {Slice.all(), head});
    }
    if (edit.has("columns")) {
      parts = split(parts, edit.get("columns"), column -> new Slice[] {Slice.rest(), column});
    }
    return parts;
  }

  private static List<Value<Axis>> split(
      List<Value<Axis>> values, JsonNode places, Function<Slice, Slice[]> index) {
    List<Value<Axis>> parts = new ArrayList<>();
    for (Value<Axis> value : values) {
      for (int place : Topic.ints(places)) {
        parts.add(value.get(index.apply(Slice.at(place))));
      }
    }
    return parts;
  }

  private void change(Value<Axis> part, JsonNode edit, Integer position) {
    switch (edit.get("op").asText()) {
      case "zero" -> part.set(0);
      case "scale" -> part.set(part.mul(edit.get("by").asDouble()));
      case "add" -> part.set(part.add(part.constant(tensor(edit, position))));
      case "fill" -> part.set(number(edit.get("by")));
      case "set" -> part.set(part.constant(tensor(edit, position)));
      default -> throw new IllegalArgumentException(edit.toString());
    }
  }

  private static double number(JsonNode by) {
    return by.asText().equals("-inf") ? Double.NEGATIVE_INFINITY : by.asDouble();
  }

  /** A value of another row, of the same heads. */
  private Value<Axis> other(JsonNode edit) {
    JsonNode from = edit.get("from");
    Paths row = others.apply(from);
    Value<Axis> value = row.read(from.get("site").asText());
    return from.has("position") ? value.at(from.get("position").asInt()) : value;
  }

  /** A tensor that an edit names; of one with a position axis the part of this position. */
  private Tensor tensor(JsonNode edit, Integer position) {
    Tensor whole = tensors.apply(edit.get("tensor").asText());
    if (position == null || whole.rank() < 2) {
      return whole;
    }
    int width = (int) whole.shape(-1);
    int row = position < 0 ? (int) whole.shape(0) + position : position;
    float[] part = Arrays.copyOfRange(whole.toFloatArray(), row * width, (row + 1) * width);
    return Tensor.of(part, width);
  }
}
