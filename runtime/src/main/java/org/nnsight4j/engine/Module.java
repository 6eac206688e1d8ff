package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.graph.SiteKey;

/** One module of a network: a path as in Hugging Face's state dict, one input and one output. */
public abstract class Module {
  /** A site that the blueprint does not have. */
  protected static final int NO_SITE = -1;

  private final String path;
  private final int inputSite;
  private final int outputSite;

  protected Module(Blueprint blueprint, String path) {
    this.path = path;
    this.inputSite = site(blueprint, SiteKey.input(path));
    this.outputSite = site(blueprint, SiteKey.output(path));
  }

  /** The number of a site, for modules with inner sites. */
  protected static int site(Blueprint blueprint, SiteKey key) {
    SiteSpec site = blueprint.site(key);
    return site == null ? NO_SITE : site.order();
  }

  public final String path() {
    return path;
  }

  /** Runs the module between its two taps. */
  public final NDArray call(Pass pass, NDArray input) {
    NDArray seen = pass.tap(inputSite, input);
    return pass.tap(outputSite, forward(pass, seen));
  }

  /** The module's own computation; results belong to {@link Pass#arena()}. */
  protected abstract NDArray forward(Pass pass, NDArray input);
}
