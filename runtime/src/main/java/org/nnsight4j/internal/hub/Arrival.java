package org.nnsight4j.internal.hub;

/** Hears how far a download is. */
public interface Arrival {
  /**
   * Some of a file is here.
   *
   * @param size -1 if nobody knows
   */
  void at(String file, long bytes, long size);
}
