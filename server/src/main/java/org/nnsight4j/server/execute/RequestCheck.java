package org.nnsight4j.server.execute;

import java.util.Optional;

/** Checks a request before it is accepted. */
public interface RequestCheck {
  /**
   * Says what a request would cost, or why it cannot run. Must be quick, must not allocate more
   * than a few times the size of the request, and must not throw for any bytes at all.
   */
  Verdict check(byte[] request);

  /** What an accepted request has in common with others; empty if it has to run alone. */
  default Optional<BatchKey> batchKey(byte[] request) {
    return Optional.empty();
  }
}
