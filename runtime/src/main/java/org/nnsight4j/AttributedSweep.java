package org.nnsight4j;

import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.arch.DecoderLayer;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.sweep.SweepAction;
import org.nnsight4j.internal.sweep.SweepSpec;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * A sweep to first order (attribution patching): what each intervention would change if metrics
 * were linear, from one forward pass of each run and one backward pass for each metric.
 */
@NotUserCode
final class AttributedSweep<M> {
  private final LanguageModel<M> model;
  private final SweepPlan plan;
  private final SweepSpec spec;
  private final SweepCaptures<M> captures;
  private final List<long[]> base;

  AttributedSweep(LanguageModel<M> model, SweepPlan plan) {
    this.model = model;
    this.plan = plan;
    this.spec = plan.spec();
    this.base = plan.base();
    this.captures = new SweepCaptures<>(model, plan);
  }

  private record Effects(
      Map<String, Saved<?>> metrics,
      Map<String, Saved<?>> other,
      Map<String, Map<SweepCaptures.Where, Saved<?>>> of) {}

  Map<String, SweepCaptures.Found> run() {
    boolean patches = spec.action() == SweepAction.PATCH;
    SweepCaptures.Captured source = captures.of(plan.source(), patches);
    boolean learns = spec.action() == SweepAction.MEAN;
    // What a metric compares with has no gradient, so it comes from a pass of its own.
    boolean compares = plan.comparesWithBase(model);
    SweepCaptures.Captured own = learns || compares ? captures.of(base, learns) : source;
    Tensor clean = plan.isNoise() ? own.logits() : source.logits();
    Tensor corrupted = plan.isNoise() ? source.logits() : own.logits();
    Effects effects = effects(source, own, clean, corrupted);
    Map<String, SweepCaptures.Found> found = new LinkedHashMap<>();
    effects
        .metrics()
        .forEach(
            (name, metric) -> {
              double[] each = numbers(metric.value());
              double[] cells = cells(each, Objects.requireNonNull(effects.of().get(name)));
              found.put(
                  name,
                  new SweepCaptures.Found(
                      Tensor.of(each, each.length),
                      Tensor.of(
                          numbers(Objects.requireNonNull(effects.other().get(name)).value()),
                          each.length),
                      Tensor.of(cells, spec.shape(base.size(), plan.longest()))));
            });
    return found;
  }

  private static double[] numbers(Tensor tensor) {
    double[] each = new double[tensor.size()];
    Arrays.setAll(each, tensor::at);
    return each;
  }

  /** Records the base run, and at each place the change times the gradient, without its width. */
  private Effects effects(
      SweepCaptures.Captured source, SweepCaptures.Captured own, Tensor clean, Tensor corrupted) {
    Map<String, Saved<?>> metrics = new LinkedHashMap<>();
    Map<String, Saved<?>> other = new LinkedHashMap<>();
    Map<String, Map<SweepCaptures.Where, Saved<?>>> effects = new LinkedHashMap<>();
    try (Generator<M> generator = model.trace();
        Invoker<M> invoker = generator.invoke(base.toArray(long[][]::new))) {
      Decoder view = Decoder.of(invoker.model());
      Map<SweepCaptures.Where, Value<Axis>> places = new LinkedHashMap<>();
      Map<SweepCaptures.Where, Value<Axis>> changes = new HashMap<>();
      for (SweepSite site : spec.sites()) {
        for (int layer : spec.layers()) {
          SweepCaptures.Where where = new SweepCaptures.Where(site, layer);
          DecoderLayer at = view.layer(layer);
          Value<Axis> now = captures.value(site, at);
          Tensor target = captures.target(where, source, own);
          Value<Axis> wanted = now.constant(target);
          changes.put(where, spec.action() == SweepAction.ADD ? wanted : wanted.sub(now));
          places.put(where, captures.written(site, at));
        }
      }
      Value<Axis> last = SweepPlan.last(invoker);
      Value<Axis> ofClean = invoker.constant(clean);
      Value<Axis> ofCorrupted = invoker.constant(corrupted);
      int rows = base.size();
      Value<Axis> ofSource = invoker.constant(source.logits());
      other.putAll(
          plan.measured(new SweepPlan.Logits(model, ofSource, ofClean, ofCorrupted, rows)));
      plan.recorded(new SweepPlan.Logits(model, last, ofClean, ofCorrupted, rows))
          .forEach(
              (name, metric) -> {
                metrics.put(name, metric.save());
                // Each prompt's number depends on its own row alone.
                Value<?> sum = metric.sum();
                Map<SweepCaptures.Where, Saved<?>> each = new HashMap<>();
                places.forEach(
                    (where, place) ->
                        each.put(
                            where,
                            place
                                .gradient(sum)
                                .mul(Objects.requireNonNull(changes.get(where)))
                                .sum(-1)
                                .save()));
                effects.put(name, each);
              });
    }
    return new Effects(metrics, other, effects);
  }

  private double[] cells(double[] metric, Map<SweepCaptures.Where, Saved<?>> effects) {
    int count = (int) (captures.cells().size());
    double[] all = new double[base.size() * count];
    int number = 0;
    for (SweepCaptures<M>.Cell cell : captures.cells()) {
      Tensor effect = Objects.requireNonNull(effects.get(cell.where())).value();
      for (int prompt = 0; prompt < base.size(); prompt++) {
        Double change = cell.exists(prompt) ? cell.summed(effect, prompt) : null;
        all[prompt * count + number] = at(metric[prompt], change, cell.strength());
      }
      number++;
    }
    return all;
  }

  private static double at(double metric, @Nullable Double change, double strength) {
    return change == null ? Double.NaN : metric + strength * change;
  }
}
