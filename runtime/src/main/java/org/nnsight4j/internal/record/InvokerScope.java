package org.nnsight4j.internal.record;

import java.util.LinkedHashSet;
import java.util.List;
import java.util.Set;
import org.nnsight4j.arch.Scope;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.ModelKind;
import org.nnsight4j.family.ModuleSpec;
import org.nnsight4j.family.Port;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.internal.spelling.Similar;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.values.Value;

/** Turns the reads and calls of one invoker's proxies into nodes, checked against the blueprint. */
@NotUserCode
public final class InvokerScope implements Scope {
  private final Blueprint blueprint;
  private final Recording recording;
  private final SiteShapes shapes;
  private final int invoker;
  private int step;
  private final boolean described;
  private boolean closed;

  /**
   * The modules of a model for one invoker.
   *
   * @param described whether a descriptor says the names, and not the user
   */
  public InvokerScope(
      Blueprint blueprint, Recording recording, SiteShapes shapes, int invoker, boolean described) {
    this.blueprint = blueprint;
    this.described = described;
    this.recording = recording;
    this.shapes = shapes;
    this.invoker = invoker;
  }

  /** Closes this invoker's proxies for reading. */
  public void close() {
    closed = true;
    recording.invokerClosed();
  }

  void checkOpen(String what) {
    if (closed) {
      throw recording.fail(
          "%s: this invoker is closed; read its sites before, or inside its block".formatted(what),
          UserFrames.here());
    }
  }

  /** Makes later reads and writes apply to this step of generation. */
  public void step(int newStep) {
    checkOpen("step(" + newStep + ")");
    if (recording.inLoop()) {
      throw recording.fail(
          "step(%s): inside a loop over steps, reads and writes are of the loop's step; use values of earlier steps by fold(...)"
              .formatted(newStep),
          UserFrames.here());
    }
    if (newStep < 0) {
      throw recording.fail(
          "step(%s) does not exist: steps count from 0, the pass over the prompt"
              .formatted(newStep),
          UserFrames.here());
    }
    this.step = newStep;
  }

  public int step() {
    return step;
  }

  public int invoker() {
    return invoker;
  }

  public Recording recording() {
    return recording;
  }

  public Blueprint blueprint() {
    return blueprint;
  }

  SiteShapes shapes() {
    return shapes;
  }

  @Override
  public String architecture() {
    return blueprint.architecture();
  }

  @Override
  public <A> Value<A> read(String path, Port port, int element) {
    SiteKey key = new SiteKey(path, port, element);
    checkOpen(key.toString());
    SiteSpec site = site(key);
    return recording.sites().read(key, step, invoker, site.order(), meta(key));
  }

  /** Reads a site after all writes there. */
  public <A> Value<A> readSettled(SiteKey key) {
    checkOpen(key.toString());
    SiteSpec site = site(key);
    return recording.sites().readSettled(key, step, invoker, site.order(), meta(key));
  }

  /** Reads a value that has a name, such as those of an attached module. */
  public <A> Value<A> readPoint(String name) {
    checkOpen(name);
    return recording.names().read(name, step, invoker);
  }

  @Override
  public <A> Value<A> parameter(String name) {
    checkOpen(name);
    if (blueprint.parameterShape(name) == null) {
      throw noParameter(name);
    }
    return recording.parameters().read(name, shapes.parameter(name));
  }

  private RecordingException noParameter(String name) {
    String module = name.substring(0, Math.max(0, name.lastIndexOf('.')));
    List<String> own =
        blueprint.parameterNames().stream()
            .filter(
                each -> each.startsWith(module + ".") && each.lastIndexOf('.') == module.length())
            .map(each -> each.substring(module.length() + 1))
            .toList();
    String similar = Similar.to(name, blueprint.parameterNames());
    String advice =
        blueprint.modules().containsKey(module)
            ? "%s has %s".formatted(module, own.isEmpty() ? "no parameters of its own" : own)
            : similar.isEmpty()
                ? "names are those of the state dict"
                : "did you mean '" + similar + "'";
    return recording.fail(
        "the model has no parameter '%s': %s".formatted(name, advice), UserFrames.here());
  }

  private Meta meta(SiteKey key) {
    return shapes.site(key, invoker, recording.stepHere(step));
  }

  @Override
  public <A> Value<A> apply(String path, Value<?> argument) {
    checkOpen(path);
    if (argument == null) {
      throw recording.fail(path + " is applied to null", UserFrames.here());
    }
    ModuleSpec module = module(path);
    if (!isCallable(module)) {
      throw recording.fail(
          "%s (%s) cannot be applied to a value: it needs more than one input"
              .formatted(path, module.type()),
          UserFrames.here());
    }
    try {
      return recording
          .sites()
          .apply(
              path,
              invoker,
              argument,
              shapes.apply(path, new Meta(argument.shape(), argument.dtype())),
              blueprint.attends(path));
    } catch (ShapeException e) {
      throw recording.fail(String.valueOf(e.getMessage()), UserFrames.here());
    }
  }

  @Override
  public void skip(String path, Value<?> value) {
    checkOpen(path);
    ModuleSpec module = module(path);
    SiteKey output = SiteKey.output(path);
    if (!isCallable(module)) {
      throw recording.fail(
          "%s (%s) cannot be skipped: it has no single input and output of its own"
              .formatted(path.isEmpty() ? "the model" : path, module.type()),
          UserFrames.here());
    }
    int input = site(SiteKey.input(path)).order();
    recording.sites().skip(path, step, invoker, input, meta(output), value);
  }

  private boolean isCallable(ModuleSpec module) {
    return module.callable()
        && blueprint.site(SiteKey.input(module.path())) != null
        && blueprint.site(SiteKey.output(module.path())) != null;
  }

  private ModuleSpec module(String path) {
    ModuleSpec module = blueprint.modules().get(path);
    if (module == null) {
      throw noModule(path);
    }
    return module;
  }

  @Override
  public int index(String path, int index, String countKey) {
    Integer count = blueprint.countsByEachName().get(countKey);
    if (count == null) {
      throw recording.fail(
          "%s(%s): the descriptor counts by '%s', which %s does not have; it has %s"
              .formatted(path, index, countKey, architecture(), blueprint.counts().keySet()),
          UserFrames.here());
    }
    if (index >= count || index < -count) {
      throw recording.fail(
          "%s(%s) does not exist: this checkpoint has %s (%s), so 0 to %s, or -1 to %s from the end"
              .formatted(path, index, count, countKey, count - 1, -count),
          UserFrames.here());
    }
    return index < 0 ? index + count : index;
  }

  @Override
  public DecoderPlaces decoder() {
    DecoderPlaces places = blueprint.decoder();
    if (places == null) {
      throw fail(
          blueprint.kind() == ModelKind.ENCODER
              ? "'%s' is no decoder: each position sees all others, so that nothing is predicted before it. Name modules by their paths, or use its own descriptor"
                  .formatted(architecture())
              : "'%s' has no view as a decoder: its family does not say where its layers are. Name modules by their paths, or declare DecoderPlaces in the family's blueprint"
                  .formatted(architecture()));
    }
    return places;
  }

  @Override
  public Set<String> modules() {
    return blueprint.modules().keySet();
  }

  @Override
  public RecordingException fail(String message) {
    return recording.fail(message, UserFrames.here());
  }

  SiteSpec site(SiteKey key) {
    SiteSpec site = blueprint.site(key);
    if (site != null) {
      return site;
    }
    ModuleSpec module = module(key.module());
    if (key.element() != 0) {
      throw recording.fail(
          "%s does not exist: the tuple of %s has %s"
              .formatted(key, key.module(), elements(blueprint.tupleSize(key.module()))),
          UserFrames.here());
    }
    throw recording.fail(
        "%s does not exist: %s (%s) has no %s"
            .formatted(
                key, key.module(), module.type(), key.port() == Port.INPUT ? "input" : "output"),
        UserFrames.here());
  }

  private static String elements(int size) {
    return size > 1
        ? "%s elements, output(0) to output(%s)".formatted(size, size - 1)
        : "one element, output(0)";
  }

  private RecordingException noModule(String path) {
    String similar = Similar.to(path, blueprint.modules().keySet());
    String meant = similar.isEmpty() ? "" : ", did you mean '" + similar + "'";
    return recording.fail(
        described
            ? "the checkpoint has no module '%s'%s; the descriptor does not fit this checkpoint"
                .formatted(path, meant)
            : "'%s' has no module '%s'%s%s"
                .formatted(architecture(), path, meant, similar.isEmpty() ? inside(path) : ""),
        UserFrames.here());
  }

  /** What is there where the path leaves the tree, for a path that resembles none. */
  private String inside(String path) {
    String known = path;
    while (!known.isEmpty() && !blueprint.modules().containsKey(known)) {
      known = known.substring(0, Math.max(0, known.lastIndexOf('.')));
    }
    String before = known.isEmpty() ? "" : known + ".";
    Set<String> names = new LinkedHashSet<>();
    for (String each : blueprint.modules().keySet()) {
      if (each.startsWith(before) && each.length() > before.length()) {
        names.add(each.substring(before.length()).replaceAll("\\..*", ""));
      }
    }
    return names.isEmpty()
        ? "; %s has no modules inside".formatted(known)
        : "; %s has %s".formatted(known.isEmpty() ? "the model" : known, String.join(", ", names));
  }
}
