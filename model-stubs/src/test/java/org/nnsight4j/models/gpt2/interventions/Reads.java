package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.Invoker;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** The reads of a case, recorded before the run and compared after it. */
final class Reads {
  private record One(JsonNode json, boolean generated, Saved<Axis> saved) {}

  private final Topic.Case source;
  private final List<One> reads = new ArrayList<>();

  private Reads(Topic.Case source) {
    this.source = source;
  }

  /** Reads of one forward pass. */
  static Reads ofTrace(Topic.Case source, Invoker<Paths> invoker, JsonNode list) {
    Reads reads = new Reads(source);
    Topic.elements(list)
        .forEach(
            json -> reads.reads.add(new One(json, false, value(invoker.model(), json).save())));
    return reads;
  }

  /** Reads of a run that generates: without steps, of each. */
  static Reads ofSteps(Topic.Case source, Invoker<Paths> invoker, JsonNode list) {
    Reads reads = new Reads(source);
    Topic.elements(list)
        .forEach(json -> reads.reads.add(new One(json, true, saved(invoker, json))));
    return reads;
  }

  private static Saved<Axis> saved(Invoker<Paths> invoker, JsonNode json) {
    if (!json.has("steps")) {
      return invoker.allSteps().each(model -> value(model, json).save());
    }
    int[] steps = Topic.ints(json.get("steps"));
    if (steps.length == 1) {
      Saved<Axis> saved = value(invoker.step(steps[0]), json).save();
      invoker.step(0);
      return saved;
    }
    return invoker
        .steps(steps[0], steps[steps.length - 1] + 1)
        .each(model -> value(model, json).save());
  }

  private static Value<Axis> value(Paths model, JsonNode json) {
    Value<Axis> value = model.read(json.get("site").asText());
    return json.has("position") ? value.at(json.get("position").asInt()) : value;
  }

  void check() {
    for (One read : reads) {
      if (read.json().path("absent").asBoolean()) {
        assertWithMessage("%s %s", source, read.json()).that(read.saved().isPresent()).isFalse();
      } else if (read.generated()) {
        List<Tensor> found = read.saved().values();
        source.check(read.json().get("tensor").asText(), found);
      } else {
        source.check(read.json().get("tensor").asText(), read.saved().value());
      }
    }
  }
}
