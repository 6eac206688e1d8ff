package org.nnsight4j.record;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.arch.Scope;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.ModuleSpec;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.graph.NotUserCode;
import org.nnsight4j.graph.Port;
import org.nnsight4j.graph.Prompt;
import org.nnsight4j.graph.Recording;
import org.nnsight4j.graph.SiteKey;
import org.nnsight4j.graph.UserFrames;
import org.nnsight4j.graph.Value;
import org.nnsight4j.shape.Dim;
import org.nnsight4j.shape.Dims;
import org.nnsight4j.shape.Meta;

/** Turns the reads and calls of one invoker's proxies into nodes, checked against the blueprint. */
@NotUserCode
public final class InvokerScope implements Scope {
  private final Blueprint blueprint;
  private final Recording recording;
  private final int invoker;
  private final Prompt prompt;
  private int step;
  private boolean closed;

  public InvokerScope(Blueprint blueprint, Recording recording, int invoker, Prompt prompt) {
    this.blueprint = blueprint;
    this.recording = recording;
    this.invoker = invoker;
    this.prompt = prompt;
  }

  /** Nothing more can be read through this invoker's proxies. */
  public void close() {
    closed = true;
  }

  private void checkOpen(String what) {
    if (closed) {
      throw recording.fail(
          "%s: this invoker is closed; read its sites before, or inside of its block"
              .formatted(what),
          UserFrames.here());
    }
  }

  /** Later reads and writes are of this step of generation. */
  public void step(int step) {
    this.step = step;
  }

  public int step() {
    return step;
  }

  @Override
  public String architecture() {
    return blueprint.architecture();
  }

  @Override
  public <A> Value<A> read(String path, Port port, int element) {
    SiteKey key = new SiteKey(path, port, element);
    checkOpen(key.toString());
    SiteSpec site = blueprint.site(key);
    if (site == null) {
      throw noSite(key);
    }
    return recording.read(key, step, invoker, site.order(), atThisStep(site.meta()));
  }

  @Override
  public <A> Value<A> apply(String path, Value<?> argument) {
    checkOpen(path);
    if (argument == null) {
      throw recording.fail(path + " is applied to null", UserFrames.here());
    }
    ModuleSpec module = blueprint.modules().get(path);
    if (module == null) {
      throw noModule(path);
    }
    SiteSpec input = blueprint.site(SiteKey.input(path));
    SiteSpec output = blueprint.site(SiteKey.output(path));
    if (!module.callable() || input == null || output == null) {
      throw recording.fail(
          "%s (%s) cannot be applied to a value: it needs more than one input"
              .formatted(path, module.type()),
          UserFrames.here());
    }
    return recording.apply(
        path, invoker, argument, applied(path, input.meta(), output.meta(), argument));
  }

  /** The leading axes of the argument, and the last axis of the module's output. */
  private Meta applied(String path, Meta input, Meta output, Value<?> argument) {
    Dims found = argument.shape();
    boolean ids = !input.dtype().isFloating();
    Dim width = input.dims().get(-1);
    boolean whole = blueprint.attends(path);
    boolean fits =
        argument.dtype() == input.dtype()
            && (!whole || found.rank() == input.dims().rank())
            && (ids
                || (found.rank() > 0
                    && !(found.get(-1).isKnown() && found.get(-1).size() != width.size())));
    if (!fits) {
      throw recording.fail(
          "%s is applied to %s, it needs %s"
              .formatted(
                  path,
                  argument.meta(),
                  ids
                      ? "token ids, INT64"
                      : "[%s, %s] %s"
                          .formatted(whole ? "batch, position" : "...", width, input.dtype())),
          UserFrames.here());
    }
    List<Dim> axes = new ArrayList<>(found.axes());
    if (ids) {
      axes.add(output.dims().get(-1));
    } else {
      axes.set(axes.size() - 1, output.dims().get(-1));
    }
    return new Meta(new Dims(axes), output.dtype());
  }

  @Override
  public int index(String path, int index, String countKey) {
    Integer count = blueprint.counts().get(countKey);
    if (count == null) {
      throw recording.fail(
          "%s(%d): the descriptor counts by '%s', which %s does not have; it has %s"
              .formatted(path, index, countKey, architecture(), blueprint.counts().keySet()),
          UserFrames.here());
    }
    if (index >= count || index < -count) {
      throw recording.fail(
          "%s(%d) does not exist: this checkpoint has %d (%s), so 0 to %d, or -1 to %d from the end"
              .formatted(path, index, count, countKey, count - 1, -count),
          UserFrames.here());
    }
    return index < 0 ? index + count : index;
  }

  private Meta atThisStep(Meta meta) {
    List<Dim> axes = new ArrayList<>();
    for (Dim dim : meta.dims().axes()) {
      axes.add(atThisStep(dim));
    }
    return new Meta(new Dims(axes), meta.dtype());
  }

  private Dim atThisStep(Dim dim) {
    if (dim.is(Dim.BATCH)) {
      return step == 0 ? Dim.named(Dim.BATCH, prompt.rows()) : Dim.unknown(Dim.BATCH);
    }
    if (step == 0
        && prompt instanceof Prompt.Ids ids
        && (dim.is(Dim.POSITION) || dim.is(Dim.KEY))) {
      long longest = ids.ids().stream().mapToLong(row -> row.length).max().orElse(0);
      return Dim.named(String.valueOf(dim.name()), longest);
    }
    return dim;
  }

  private RecordingException noSite(SiteKey key) {
    if (!blueprint.modules().containsKey(key.module())) {
      return noModule(key.module());
    }
    if (key.element() != 0) {
      return recording.fail(
          "%s does not exist: the tuple of %s has one element, output(0)"
              .formatted(key, key.module()),
          UserFrames.here());
    }
    return recording.fail(
        "%s does not exist: %s (%s) has no such value"
            .formatted(key, key.module(), String.valueOf(blueprint.modules().get(key.module()))),
        UserFrames.here());
  }

  private RecordingException noModule(String path) {
    String similar = Similar.to(path, blueprint.modules().keySet());
    return recording.fail(
        "the checkpoint has no module '%s'%s; the descriptor does not fit this checkpoint"
            .formatted(path, similar.isEmpty() ? "" : ", did you mean '" + similar + "'"),
        UserFrames.here());
  }
}
