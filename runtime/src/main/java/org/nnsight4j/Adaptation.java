package org.nnsight4j;

import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.attach.LoraAdapter;
import org.nnsight4j.attach.LoraPair;
import org.nnsight4j.attach.Points;
import org.nnsight4j.attach.SavedModule;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.ModuleSpec;
import org.nnsight4j.family.Port;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.internal.graph.Loops;
import org.nnsight4j.internal.graph.RecordedCreation;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.record.InvokerScope;
import org.nnsight4j.internal.record.RecordedPoints;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.internal.spelling.Similar;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Creation;
import org.nnsight4j.values.Value;

/** Records an adapter so that the rows of one invoker get what the adapted model would compute. */
@NotUserCode
final class Adaptation {
  /** What PEFT takes for a linear layer: PyTorch's, its subclass in Falcon, and GPT-2's. */
  private static final Set<String> LINEAR = Set.of("Linear", "FalconLinear", "Conv1D");

  private final InvokerScope scope;
  private final Recording recording;
  private final String name;
  private final LoraAdapter adapter;

  Adaptation(InvokerScope scope, String name, LoraAdapter adapter) {
    this.scope = scope;
    this.recording = scope.recording();
    this.name = name;
    this.adapter = adapter;
  }

  void record() {
    if (scope.step() > 0 && !recording.inLoop()) {
      throw fail(
          "an adapter acts at every step, and this invoker is at step %s; add it before next() or step(n), or in steps(from, to).forEach(...) for these steps alone"
              .formatted(scope.step()));
    }
    checkModules();
    adapter.pairs().keySet().forEach(this::checkName);
    Set<String> modules = new LinkedHashSet<>(adapter.saved().keySet());
    modules.addAll(adapter.pairs().keySet());
    modules.forEach(this::checkFirst);
    recording.sites().adapt(scope.invoker(), modules, this::recordAll);
  }

  /** As PEFT, which would make a pair for each target, and use no other. */
  private void checkModules() {
    Map<String, ModuleSpec> modules = scope.blueprint().modules();
    for (String path : adapter.pairs().keySet()) {
      ModuleSpec module = modules.get(path);
      if (module == null) {
        throw foreign("it has weights for", path);
      }
      if (!isLinear(module)) {
        throw fail(
            "it has weights for '%s' (%s), which is no linear layer"
                .formatted(path, module.type()));
      }
    }
    adapter.saved().forEach((path, saved) -> checkSaved(path, saved, modules.get(path)));
    for (ModuleSpec module : modules.values()) {
      if (adapter.isSaved(module.path()) && !adapter.saved().containsKey(module.path())) {
        throw fail(
            "its modules_to_save mean '%s', which it has no weights for; the file is incomplete, or of another model"
                .formatted(module.path()));
      }
      boolean target = isLinear(module) && adapter.isTarget(module.path()) && !isLeftOut(module);
      if (target != adapter.pairs().containsKey(module.path())) {
        throw fail(
            target
                ? "its target_modules mean '%s', which it has no weights for; the file is incomplete, or of another model"
                    .formatted(module.path())
                : "it has weights for '%s', which its target_modules do not mean, so that PEFT does not use them"
                    .formatted(module.path()));
      }
    }
  }

  /** A module in the place of the model's own must be one that is computed here, and fit. */
  private void checkSaved(String path, SavedModule saved, @Nullable ModuleSpec module) {
    if (module == null) {
      throw foreign("its modules_to_save have", path);
    }
    if (adapter.pairs().containsKey(path)) {
      throw fail("'%s' has a pair and is one of modules_to_save, expected one".formatted(path));
    }
    if (!isLinear(module) && !module.type().equals("Embedding")) {
      throw fail(
          "modules_to_save has '%s' (%s), of which nnsight4j computes linear layers and plain embeddings alone; merge the adapter into the model in Python (merge_and_unload) and open that"
              .formatted(path, module.type()));
    }
    SiteSpec output = scope.blueprint().site(SiteKey.output(path));
    boolean byRows = isLinear(module) && !module.type().equals("Conv1D");
    long width = saved.weight().shape(byRows ? 0 : 1);
    if (output != null && output.meta().dims().get(-1).size() != width) {
      throw fail(
          "modules_to_save has '%s' of the width %s, the model's is %s wide; tokens that were added to it are not computed"
              .formatted(path, width, output.meta().dims().get(-1).size()));
    }
  }

  private static boolean isLinear(ModuleSpec module) {
    return LINEAR.contains(module.type());
  }

  /** The layer that gives the logits is none of "all-linear". */
  private boolean isLeftOut(ModuleSpec module) {
    SiteSpec output = scope.blueprint().site(SiteKey.output(module.path()));
    return adapter.allLinear()
        && output != null
        && "vocab".equals(output.meta().dims().get(-1).name());
  }

  private void checkName(String module) {
    if (recording.names().isTaken(call(module) + "." + LoraPair.HIDDEN)) {
      throw fail(
          "%s has an adapter of the name '%s' in this run already; give this one another, by add(\"name\", adapter)"
              .formatted(module, name));
    }
  }

  /** What the call of a module's pair is called. */
  private String call(String module) {
    return module + "." + name;
  }

  /** What was read or written before would be that of the model without the adapter. */
  private void checkFirst(String module) {
    SourceLine used = recording.sites().used(SiteKey.output(module), scope.invoker());
    if (used != null) {
      throw fail(
          "the output of %s was used before (at %s), as if there were no adapter; add the adapter first"
              .formatted(module, used));
    }
  }

  private void recordAll() {
    if (recording.inLoop()) {
      adapter.saved().forEach(this::replace);
      adapter
          .pairs()
          .forEach((module, pair) -> record(module, pair, Lengths.of(this, module, pair)));
      return;
    }
    // Lengths are the same at each step, so they are computed before the loop.
    Map<String, Lengths> lengths = new LinkedHashMap<>();
    adapter.pairs().forEach((module, pair) -> lengths.put(module, Lengths.of(this, module, pair)));
    Object done =
        new Loops(recording, 0, StepRange.OPEN)
            .each(
                () -> {
                  adapter.saved().forEach(this::replace);
                  adapter
                      .pairs()
                      .forEach((module, pair) -> record(module, pair, lengths.get(module)));
                  return this;
                });
    assert done == this;
  }

  private void record(String module, LoraPair pair, @Nullable Lengths lengths) {
    Value<Axis> output = scope.read(module, Port.OUTPUT, 0);
    // The layer gets its input after all writes there, so its pair does, too.
    Value<Axis> input = scope.readSettled(SiteKey.input(module));
    Value<Axis> update = pair.update(input, points(module));
    output.set(lengths == null ? output.add(update) : lengths.of(output, update));
  }

  /** The model's own module runs, and what it gives is not used. */
  private void replace(String path, SavedModule saved) {
    Value<Axis> output = scope.read(path, Port.OUTPUT, 0);
    Value<Axis> input = scope.readSettled(SiteKey.input(path));
    Points points = points(path);
    ModuleSpec module = scope.blueprint().modules().get(path);
    output.set(
        switch (module == null ? "" : module.type()) {
          case "Conv1D" -> saved.conv1d(input, points);
          case "Embedding" -> saved.embedding(input, points);
          default -> saved.linear(input, points);
        });
  }

  private Points points(String module) {
    return new RecordedPoints(recording, call(module));
  }

  private RuntimeException foreign(String what, String path) {
    String similar = Similar.to(path, scope.blueprint().modules().keySet());
    String of = adapter.baseModel().map(base -> " '" + base + "'").orElse("");
    return fail(
        "%s '%s', which this model ('%s') has not%s; the adapter is of another model%s"
            .formatted(
                what,
                path,
                scope.blueprint().architecture(),
                similar.isEmpty() ? "" : " (it has '" + similar + "')",
                of));
  }

  private RuntimeException fail(String message) {
    return recording.fail("add(%s): %s".formatted(adapter, message), UserFrames.here());
  }

  /**
   * DoRA: each column of the sum of weight and update gets a length of its own (PEFT's {@code
   * DoraLinearLayer}).
   *
   * @param factors what the columns are multiplied with
   * @param bias the layer's, which has no part in it
   */
  private record Lengths(Value<Axis> factors, Value<Axis> bias) {
    static @Nullable Lengths of(Adaptation adaptation, String module, LoraPair pair) {
      Tensor magnitude = pair.magnitude();
      if (magnitude == null) {
        return null;
      }
      Points points = adaptation.points(module);
      Creation create = new RecordedCreation(adaptation.recording);
      long in = pair.a().shape(1);
      // What the layer makes of a unit matrix is its weight, wherever the weights are.
      Value<Axis> bias = adaptation.scope.apply(module, create.zeros(1, in));
      Value<Axis> unit = create.eye(Math.toIntExact(in));
      Value<Axis> weight = adaptation.scope.<Axis>apply(module, unit).sub(bias);
      Value<Axis> a = points.constant(pair.a());
      Value<Axis> b = points.constant(pair.b());
      Value<Axis> sum = weight.add(a.transpose().matMul(b.transpose()).mul(pair.scale()));
      return new Lengths(points.<Axis>constant(magnitude).div(sum.norm(0)), bias);
    }

    Value<Axis> of(Value<Axis> output, Value<Axis> update) {
      return output.sub(bias).add(update).mul(factors).add(bias);
    }
  }
}
