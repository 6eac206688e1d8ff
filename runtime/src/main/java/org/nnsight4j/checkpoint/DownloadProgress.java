package org.nnsight4j.checkpoint;

/** Hears how far a download from a hub is; see {@link HubModel#progress}. */
@FunctionalInterface
public interface DownloadProgress {
  /**
   * Some of a file has come.
   *
   * @param file its name at the hub
   * @param bytes how much of it is here
   * @param size how much it is; -1 if the hub does not say
   */
  void at(String file, long bytes, long size);
}
