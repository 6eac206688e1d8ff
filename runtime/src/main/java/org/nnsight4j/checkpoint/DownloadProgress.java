package org.nnsight4j.checkpoint;

/** Is told how far a download from a hub is; see {@link HubModel#progress}. */
@FunctionalInterface
public interface DownloadProgress {
  /**
   * Part of a file has arrived.
   *
   * @param file its name on the hub
   * @param bytes how much of it has arrived
   * @param size its size; -1 if the hub does not say
   */
  void at(String file, long bytes, long size);
}
