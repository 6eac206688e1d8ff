package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;

/** One site in a network's forward pass. */
public final class HookPoint {
  private static final int NO_SITE = -1;

  private final int site;

  private HookPoint(int site) {
    this.site = site;
  }

  /** The hook point of a site; for a site that the blueprint lacks it never fires. */
  public static HookPoint of(Blueprint blueprint, SiteKey key) {
    SiteSpec spec = blueprint.site(key);
    return new HookPoint(spec == null ? NO_SITE : spec.order());
  }

  /** Whether the network must compute in a way that this site can be shown. */
  public boolean listens(Pass pass) {
    return site != NO_SITE && pass.taps().decides(site);
  }

  private boolean isHeard(Pass pass) {
    return site != NO_SITE && pass.taps().listens(site);
  }

  /** For a module's input: the replacement for its output if the module is skipped, or null. */
  @Nullable NDArray instead(Pass pass) {
    return isHeard(pass) ? pass.taps().instead(site, pass.arena()) : null;
  }

  /** Shows the site's value to the listeners; returns the value to continue with. */
  public NDArray show(Pass pass, NDArray value) {
    return isHeard(pass) ? pass.taps().at(site, value, pass.arena()) : value;
  }
}
