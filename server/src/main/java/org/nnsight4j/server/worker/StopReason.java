package org.nnsight4j.server.worker;

/** Why a run has to end. */
public enum StopReason {
  CANCELLED,
  TIME_LIMIT,
  /** The server is shutting down; the job has to run again later. */
  SHUTDOWN
}
