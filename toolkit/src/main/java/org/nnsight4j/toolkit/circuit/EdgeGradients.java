package org.nnsight4j.toolkit.circuit;

import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.arch.DecoderLayer;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.circuit.CircuitEdge.Input;
import org.nnsight4j.toolkit.internal.HeadWrites;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * One pass of edge attribution. Its rows are the clean prompts, the corrupted ones, and for each
 * step all prompts once more with embeddings on the way between the two.
 */
final class EdgeGradients {
  private final LanguageModel<?> model;
  private final DecoderPlaces places;
  private final CircuitSizes sizes;
  private final Contrast contrast;
  private final EdgeAttribution.Asked asked;

  EdgeGradients(
      LanguageModel<?> model, CircuitSizes sizes, Contrast contrast, EdgeAttribution.Asked asked) {
    this.model = model;
    this.places = Passes.places(model);
    this.sizes = sizes;
    this.contrast = contrast;
    this.asked = asked;
  }

  private record Recorded(List<Saved<Axis>> scores, List<Saved<Axis>> measures) {}

  EdgeScores of(PromptPairs pairs, List<Integer> batch) {
    List<long[]> rows = new ArrayList<>();
    batch.forEach(pair -> rows.add(pairs.clean().get(pair).ids()));
    batch.forEach(pair -> rows.add(pairs.corrupted().get(pair).ids()));
    for (int step = 0; step < asked.steps(); step++) {
      batch.forEach(pair -> rows.add(pairs.clean().get(pair).ids()));
    }
    Recorded recorded = Passes.rows(model, rows, view -> record(view, batch));
    double clean = 0;
    double corrupted = 0;
    for (int i = 0; i < batch.size(); i++) {
      clean += recorded.measures.get(i).value().item();
      corrupted += recorded.measures.get(batch.size() + i).value().item();
    }
    return new EdgeScores(
        recorded.scores.stream().map(each -> each.value().toDoubleArray()).toList(),
        clean,
        corrupted);
  }

  private Recorded record(Decoder view, List<Integer> batch) {
    int count = batch.size();
    List<Value<Axis>> differences = new ArrayList<>();
    Value<Axis> embedded = Passes.any(view.embedded());
    Value<Axis> way = difference(embedded, count).expandDims(1);
    differences.add(way);
    if (asked.steps() > 0) {
      Value<Axis> start = embedded.get(count + ":" + 2 * count);
      List<Value<Axis>> steps = new ArrayList<>();
      for (int step = 0; step < asked.steps(); step++) {
        steps.add(start.add(difference(embedded, count).mul((double) step / asked.steps())));
      }
      embedded.get(2 * count + ":").set(Value.concat(steps, 0));
    }
    for (int layer = 0; layer < sizes.layers(); layer++) {
      HeadWrites heads = new HeadWrites(model, view, layer);
      differences.add(heads.of("0:" + count).sub(heads.of(count + ":" + 2 * count)));
      differences.add(difference(Passes.any(view.layer(layer).mlpOut()), count).expandDims(1));
    }
    Value<Axis> logits = Passes.any(view.logits().at(-1));
    List<Value<Axis>> measures = contrast.all(logits, 0, batch);
    measures.addAll(contrast.all(logits, count, batch));
    List<Value<Axis>> differentiated =
        new ArrayList<>(asked.steps() == 0 ? measures.subList(0, count) : List.of());
    for (int step = 0; step < asked.steps(); step++) {
      differentiated.addAll(contrast.all(logits, (2 + step) * count, batch));
    }
    Value<Axis> measure = Value.stack(differentiated).sum();
    List<Saved<Axis>> scores = new ArrayList<>();
    Map<Integer, Value<Axis>> written = new HashMap<>();
    for (Reading reading : readings(view, measure)) {
      Value<Axis> gradient = mean(reading.gradient(), count);
      // Readers of the same parts share one value, as it is large.
      Value<Axis> own =
          written.computeIfAbsent(
              reading.reader().sources(), sources -> written(differences, sources));
      scores.add(own.einsum(asked.positions() ? "nupd,npd->up" : "nupd,npd->u", gradient).save());
    }
    return new Recorded(scores, measures.stream().map(Value::save).toList());
  }

  /** Clean minus corrupted. */
  private static Value<Axis> difference(Value<Axis> value, int count) {
    return value.get("0:" + count).sub(value.get(count + ":" + 2 * count));
  }

  /** What the first writers wrote, {@code [pair, writer, position, hidden]}. */
  private Value<Axis> written(List<Value<Axis>> differences, int sources) {
    List<Value<Axis>> parts = new ArrayList<>();
    int count = 0;
    for (Value<Axis> each : differences) {
      if (count >= sources) {
        break;
      }
      parts.add(each);
      count += parts.size() == 1 || parts.size() % 2 == 1 ? 1 : sizes.heads();
    }
    return parts.size() == 1 ? parts.get(0) : Value.concat(parts, 1);
  }

  /** The mean over steps, {@code [pair, position, hidden]}. */
  private Value<Axis> mean(Value<Axis> gradient, int count) {
    return asked.steps() == 0
        ? gradient.get("0:" + count)
        : gradient.get(2 * count + ":").unflatten(0, asked.steps(), count).mean(0);
  }

  /** The gradient of the measure with respect to what one reader reads. */
  private record Reading(CircuitSizes.Reader reader, Value<Axis> gradient) {}

  private List<Reading> readings(Decoder view, Value<Axis> measure) {
    List<Reading> readings = new ArrayList<>();
    List<Whole> wholes = new ArrayList<>();
    // All gradients of the measure come first, so that one way back gives them together.
    for (int layer = 0; layer < sizes.layers(); layer++) {
      wholes.add(new Whole(view, layer, measure));
    }
    Value<Axis> last = Passes.any(view.layer(sizes.layers() - 1).output()).gradient(measure);
    for (CircuitSizes.Reader reader : sizes.readers()) {
      CircuitNode node = reader.node();
      readings.add(
          new Reading(
              reader,
              node.kind() == CircuitNode.Kind.LOGITS
                  ? last
                  : wholes.get(node.layer()).through(reader)));
    }
    return readings;
  }

  /** A layer's queries, keys, values and MLP with the gradients of the measure. */
  private final class Whole {
    private final Value<Axis> input;
    private final Value<Axis> middle;
    private final Value<Axis> mlp;
    private final Value<Axis> mlpGradient;
    private final List<Value<Axis>> sites;
    private final List<Value<Axis>> gradients = new ArrayList<>();

    Whole(Decoder view, int index, Value<Axis> measure) {
      DecoderLayer layer = view.layer(index);
      input = Passes.any(layer.input());
      sites =
          List.of(
              Passes.any(layer.attention().q()),
              Passes.any(layer.attention().k()),
              Passes.any(layer.attention().v()));
      DecoderPlaces.Layer own = places.layers().get(index);
      middle = sizes.parallel() ? input : Passes.read(view, own.attentionOut());
      mlp = Passes.any(layer.mlpOut());
      mlpGradient = Passes.read(view, own.mlpOut()).gradient(measure).detach();
      sites.forEach(site -> gradients.add(site.gradient(measure).detach()));
    }

    /** Through one reader alone: what flows back through its own numbers. */
    Value<Axis> through(CircuitSizes.Reader reader) {
      if (reader.input() == Input.WHOLE) {
        return middle.gradient(mlp.mul(mlpGradient).sum());
      }
      int site = reader.input().ordinal();
      String head = ":, " + reader.node().head();
      return input.gradient(sites.get(site).get(head).mul(gradients.get(site).get(head)).sum());
    }
  }
}
