package org.nnsight4j.server.access;

import java.util.HashMap;
import java.util.Map;

/** Limits how many long answers a user may have at the same time. */
public final class StreamLimit {
  private final int most;
  private final Map<String, Integer> open = new HashMap<>();

  public StreamLimit(int most) {
    this.most = most;
  }

  /** Starts one; false if there are too many. */
  public synchronized boolean begin(String owner) {
    int count = open.getOrDefault(owner, 0);
    if (count >= most) {
      return false;
    }
    open.put(owner, count + 1);
    return true;
  }

  public synchronized void end(String owner) {
    open.computeIfPresent(owner, (key, count) -> count == 1 ? null : count - 1);
  }
}
