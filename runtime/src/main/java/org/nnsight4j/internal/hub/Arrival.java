package org.nnsight4j.internal.hub;

/** A listener for the progress of a download. */
public interface Arrival {
  /**
   * Called when a part of a file has arrived.
   *
   * @param size -1 if it is unknown
   */
  void at(String file, long bytes, long size);
}
