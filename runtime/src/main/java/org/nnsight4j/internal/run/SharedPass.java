package org.nnsight4j.internal.run;

import ai.djl.engine.EngineException;
import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Network;
import org.nnsight4j.engine.Taps;
import org.nnsight4j.engine.ThreadMode;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.internal.request.Result;

/** One forward pass for several runs, whose rows all have one length. */
final class SharedPass implements Taps {
  private final SiteSpec[] sites;
  private final List<Sharer> sharers = new ArrayList<>();

  private SharedPass(Blueprint blueprint) {
    this.sites = blueprint.sites().toArray(SiteSpec[]::new);
  }

  /**
   * Executes the pass.
   *
   * @param parts the number of parts into which the rows of each matrix product are split
   * @return the results; empty for those that have to run alone
   */
  static List<Optional<Result>> run(
      List<TraceRun> runs, int parts, Blueprint blueprint, Network network, RunContext around) {
    try (ThreadMode mode = ThreadMode.enter(false);
        Arena arena = Arena.open(network.device())) {
      SharedPass pass = new SharedPass(blueprint);
      boolean last = runs.stream().allMatch(run -> run.plan().readsLastLogits());
      List<long[]> rows = new ArrayList<>();
      for (TraceRun run : runs) {
        Sharer sharer = new Sharer(run, rows.size(), blueprint, network, arena, around);
        if (!last && run.plan().readsLastLogits() || TraceParts.apply(run, blueprint, network)) {
          // Alone it is computed in parts, or unembeds one position, which gives other bits.
          sharer.leave();
        }
        pass.sharers.add(sharer);
        rows.addAll(run.batch().rows());
      }
      pass.sharers.forEach(Sharer::begin);
      if (!pass.done()) {
        pass.sharers.forEach(Sharer::passing);
        CausalPass.run(network, rows, pass, parts, last, arena);
      }
      return pass.sharers.stream().map(Sharer::finish).toList();
    } catch (EngineException e) {
      // One run wrote something that the model cannot use; run alone, it reports the error.
      return runs.stream().map(run -> Optional.<Result>empty()).toList();
    }
  }

  @Override
  public boolean listens(int site) {
    return sharers.stream().anyMatch(sharer -> sharer.listens(site));
  }

  @Override
  public boolean canWait(int site) {
    return sharers.stream().allMatch(sharer -> sharer.canWait(site));
  }

  @Override
  public boolean replaces(int input) {
    // Runs that skip modules have no part in a shared pass.
    return false;
  }

  @Override
  public boolean decides(int site) {
    sharers.forEach(sharer -> sharer.decides(site));
    return false;
  }

  @Override
  public NDArray at(int site, NDArray value, Arena arena) {
    NDArray current = value;
    for (Sharer sharer : sharers) {
      if (sharer.listens(site)) {
        current = sharer.at(sites[site], current, arena);
      }
    }
    return current;
  }

  @Override
  public @Nullable NDArray instead(int input, Arena arena) {
    return null;
  }

  @Override
  public boolean done() {
    // Each run has to be asked, because its answer depends on where it was.
    boolean all = true;
    for (Sharer sharer : sharers) {
      all &= sharer.done();
    }
    return all;
  }
}
