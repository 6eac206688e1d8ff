package org.nnsight4j.toolkit.activations;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.List;
import java.util.Locale;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.internal.spelling.Counted;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.Cell;
import org.nnsight4j.toolkit.figure.DashboardExample;
import org.nnsight4j.toolkit.figure.FeatureDashboard;
import org.nnsight4j.toolkit.figure.Heatmap;
import org.nnsight4j.toolkit.figure.Labels;
import org.nnsight4j.toolkit.figure.Scale;
import org.nnsight4j.toolkit.internal.Json;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.values.Ordered;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** The texts that activate features or neurons most. */
public final class MaxActivationsResult implements AnalysisResult {
  private static final int SHOWN = 40;
  private static final int LOGITS = 10;

  private final LanguageModel<?> model;
  private final Source source;
  private final int count;
  private final List<Unit> units;
  private final long texts;
  private final long tokens;

  MaxActivationsResult(
      LanguageModel<?> model, Source source, int count, List<Unit> units, long texts, long tokens) {
    this.model = model;
    this.source = source;
    this.count = count;
    this.units = List.copyOf(units);
    this.texts = texts;
    this.tokens = tokens;
  }

  /** The indices of all features or neurons that were looked at. */
  public List<Integer> units() {
    return units.stream().map(Unit::index).toList();
  }

  private Unit unit(int index) {
    return units.stream()
        .filter(each -> each.index() == index)
        .findFirst()
        .orElseThrow(
            () ->
                new RunException(
                    "%s %s was not looked at; units(%s) does"
                        .formatted(source.unit(), index, index)));
  }

  /** The texts with the largest activations, in descending order; fewer if fewer are not 0. */
  public List<ActivationExample> top(int unit) {
    return unit(unit).top();
  }

  /** Random texts in which it is active, in descending order. */
  public List<ActivationExample> sampled(int unit) {
    return unit(unit).sampled();
  }

  /** The share of tokens with an activation above 0, from 0 to 1. */
  public double frequency(int unit) {
    return unit(unit).active() / (double) tokens;
  }

  /** The largest activation of all tokens. */
  public double maximum(int unit) {
    return unit(unit).maximum();
  }

  /** The features or neurons that are above 0 nowhere. */
  public List<Integer> dead() {
    return units.stream().filter(unit -> unit.active() == 0).map(Unit::index).toList();
  }

  /** How many texts there were. */
  public long texts() {
    return texts;
  }

  /** How many tokens there were, without those that were left out. */
  public long tokens() {
    return tokens;
  }

  private record Extremes(
      Saved<Axis> top, Saved<Axis> topIds, Saved<Axis> bottom, Saved<Axis> bottomIds) {}

  /**
   * All that is known of one feature or neuron. The tokens whose logits it raises and lowers are
   * those of its direction alone, through the last normalisation (which gives it the length that
   * streams have) and the unembedding; for that one pass over one token runs, so the model must be
   * open.
   */
  public FeatureDashboard dashboard(int unit) {
    Unit found = unit(unit);
    FeatureDashboard dashboard =
        FeatureDashboard.of("%s %s of %s".formatted(source.unit(), unit, source.name()))
            .frequency(frequency(unit))
            .histogram(found.histogram().bounds(), found.histogram().counts());
    Extremes extremes =
        Passes.invoking(
                model, List.of(Passes.shortest(model)), (invoker, row) -> extremes(invoker, unit))
            .get(0)
            .get();
    if (extremes != null) {
      dashboard =
          dashboard.logits(
              tokens(extremes.topIds),
              extremes.top.value().toDoubleArray(),
              tokens(extremes.bottomIds),
              extremes.bottom.value().toDoubleArray());
    }
    dashboard = dashboard.examples("Top activations", windows(found.top()));
    return found.sampled().isEmpty()
        ? dashboard
        : dashboard.examples("Random samples", windows(found.sampled()));
  }

  private static List<DashboardExample> windows(List<ActivationExample> examples) {
    return examples.stream().map(ActivationExample::window).toList();
  }

  private List<String> tokens(Saved<Axis> ids) {
    return Arrays.stream(ids.value().toLongArray())
        .mapToObj(id -> Corpus.token(model, id))
        .toList();
  }

  private Lazy extremes(Invoker<?> invoker, int unit) {
    @Nullable Value<Axis> direction = source.direction(invoker, unit, count);
    if (direction == null) {
      Decoder.of(invoker.model()).logits().save();
      return new Lazy(null);
    }
    Decoder view = Decoder.of(invoker.model());
    Value<Axis> logits =
        through(view, direction).sub(through(view, direction.mul(0))).as(Axis.class).flatten(0, 2);
    int k = Math.min(LOGITS, model.blueprint().vocabularySize());
    Ordered.TopK most = logits.topK(k, -1);
    Ordered.TopK least = logits.neg().topK(k, -1);
    return new Lazy(
        new Extremes(
            most.values().save(),
            most.indices().save(),
            least.values().neg().as(Axis.class).save(),
            least.indices().save()));
  }

  /** What may be absent. */
  private record Lazy(@Nullable Extremes get) {}

  private Value<Axis> through(Decoder view, Value<Axis> stream) {
    DecoderPlaces places = Passes.places(model);
    Value<Axis> value = stream;
    for (String module : places.last()) {
      value = view.module(module).apply(value);
    }
    return view.module(places.unembedding()).apply(value);
  }

  private List<Unit> strongest() {
    return units.stream()
        .sorted(Comparator.comparingDouble((Unit unit) -> -unit.maximum()))
        .limit(SHOWN)
        .toList();
  }

  /** The units with the largest activations, and the token of each of their texts. */
  @Override
  public Heatmap figure() {
    List<Unit> shown = strongest();
    int columns = shown.stream().mapToInt(unit -> unit.top().size()).reduce(1, Math::max);
    double[] all = shown.stream().mapToDouble(Unit::maximum).toArray();
    List<String> names = new ArrayList<>(List.of("active"));
    for (int i = 1; i <= columns; i++) {
      names.add("text " + i);
    }
    Heatmap heatmap =
        Heatmap.of(
                "Largest activations of %s in %s"
                    .formatted(source.name(), Counted.of(texts, "text")),
                Scale.upToLargest(all).unit("activation"))
            .columns(source.unit().toLowerCase(Locale.ROOT), names);
    for (Unit unit : shown) {
      List<Cell> cells = new ArrayList<>();
      cells.add(Cell.of(Labels.percent(frequency(unit.index())), 0));
      List<ActivationExample> best = unit.top();
      for (int i = 0; i < columns; i++) {
        cells.add(i < best.size() ? cell(best.get(i)) : Cell.of("", 0));
      }
      heatmap = heatmap.row(String.valueOf(unit.index()), cells);
    }
    return heatmap;
  }

  private static Cell cell(ActivationExample example) {
    String token = example.tokens().get(example.window().peak());
    return new Cell(
        List.of(Labels.token(token), Scale.twoDigits(example.value())),
        example.value(),
        Labels.token(String.join("", example.tokens())) + " (" + example.window().source() + ")");
  }

  @Override
  public String toJson() {
    ObjectNode json =
        Json.of("max activations")
            .put("source", source.name())
            .put("texts", texts)
            .put("tokens", tokens);
    ArrayNode all = json.putArray("units");
    for (Unit unit : units) {
      ObjectNode one =
          all.addObject()
              .put("unit", unit.index())
              .put("frequency", frequency(unit.index()))
              .put("maximum", unit.maximum());
      one.set("histogram_bounds", Json.numbers(unit.histogram().bounds()));
      ArrayNode counts = one.putArray("histogram_counts");
      Arrays.stream(unit.histogram().counts()).forEach(counts::add);
      examples(one.putArray("top"), unit.top());
      examples(one.putArray("sampled"), unit.sampled());
    }
    return json.toString();
  }

  private static void examples(ArrayNode array, List<ActivationExample> examples) {
    for (ActivationExample each : examples) {
      ObjectNode one =
          array
              .addObject()
              .put("text", each.text())
              .put("position", each.position())
              .put("value", each.value());
      one.set("tokens", Json.strings(each.tokens()));
      one.set("activations", Json.numbers(each.window().activations()));
    }
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
