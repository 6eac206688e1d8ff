package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteKey;

/** One module of a network: a path as in Hugging Face's state dict, one input and one output. */
public abstract class Module {
  private final String path;
  private final HookPoint input;
  private final HookPoint output;

  protected Module(Blueprint blueprint, String path) {
    this.path = path;
    this.input = HookPoint.of(blueprint, SiteKey.input(path));
    this.output = HookPoint.of(blueprint, SiteKey.output(path));
  }

  public final String path() {
    return path;
  }

  /** Runs the module between its two hook points. */
  public final NDArray call(Pass pass, NDArray argument) {
    return call(pass, argument, taken -> forward(pass, taken));
  }

  /** The same, for a computation that needs more than the module's argument. */
  public final NDArray call(Pass pass, NDArray argument, UnaryOperator<NDArray> forward) {
    NDArray taken = input.show(pass, argument);
    @Nullable NDArray instead = input.instead(pass);
    return output.show(pass, instead == null ? forward.apply(taken) : instead);
  }

  /** The same computation as text; a module that has none refuses. */
  protected Script.Value script(Script script, Script.Value input) {
    return script.refuse();
  }

  /** The module's own computation; results belong to {@link Pass#arena()}. */
  protected abstract NDArray forward(Pass pass, NDArray argument);
}
