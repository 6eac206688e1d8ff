package org.nnsight4j.server.worker;

/** Why a run is asked to end. */
public enum StopReason {
  CANCELLED,
  TIME_LIMIT,
  /** The server goes down; the job is to run again later. */
  SHUTDOWN
}
