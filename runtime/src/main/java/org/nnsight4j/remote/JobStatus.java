package org.nnsight4j.remote;

import java.util.Locale;

/** The state of a job, as the server reports it. */
public enum JobStatus {
  /** Stored on the server's disk and waiting for its turn. */
  RECEIVED,
  /** With the workers of its model. */
  APPROVED,
  RUNNING,
  COMPLETED,
  ERROR,
  CANCELLED;

  /** Whether nothing more will happen. */
  public boolean ended() {
    return this == COMPLETED || this == ERROR || this == CANCELLED;
  }

  public static JobStatus parse(String name) {
    try {
      return valueOf(name.toUpperCase(Locale.ROOT));
    } catch (IllegalArgumentException e) {
      throw new RemoteException(
          "expected a status that this version knows, the server says '%s'; use the same version of client and server"
              .formatted(name),
          e);
    }
  }
}
