package org.nnsight4j.internal.graph;

import java.util.List;

/** The runs of the session that a recording belongs to. */
public interface Runs {
  /** The runs of a recording outside any session. */
  Runs NONE =
      new Runs() {
        @Override
        public int before(Recording other) {
          return -1;
        }

        @Override
        public List<Recording> after() {
          return List.of();
        }
      };

  /** The number of an earlier run of the session, or -1. */
  int before(Recording other);

  /** The later runs of the session that have been opened so far. */
  List<Recording> after();
}
