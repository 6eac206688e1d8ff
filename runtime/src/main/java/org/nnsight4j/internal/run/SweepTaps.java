package org.nnsight4j.internal.run;

import ai.djl.ndarray.NDArray;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nnsight4j.engine.Arena;
import org.nnsight4j.engine.Taps;
import org.nnsight4j.engine.TorchOps;

/** Keeps what some sites have, and writes into some rows of others. */
final class SweepTaps implements Taps {
  private final Set<Integer> kept;
  private final Arena keeping;
  private final Map<Integer, NDArray> found = new HashMap<>();
  private final Map<Integer, List<SweepWrite>> writes = new HashMap<>();

  /**
   * @param kept the sites to keep
   * @param keeping where they are kept
   */
  SweepTaps(Set<Integer> kept, Arena keeping) {
    this.kept = kept;
    this.keeping = keeping;
  }

  /** Writes at a site from here on. */
  void write(int site, SweepWrite write) {
    writes.computeIfAbsent(site, any -> new ArrayList<>()).add(write);
  }

  /** What the sites had. */
  Map<Integer, NDArray> found() {
    return found;
  }

  @Override
  public boolean listens(int site) {
    return kept.contains(site) || writes.containsKey(site);
  }

  @Override
  public NDArray at(int site, NDArray value, Arena arena) {
    if (kept.contains(site)) {
      found.put(site, TorchOps.get().call(keeping, "alias", value));
    }
    NDArray current = value;
    for (SweepWrite write : writes.getOrDefault(site, List.of())) {
      current = write.into(current, arena);
    }
    return current;
  }
}
