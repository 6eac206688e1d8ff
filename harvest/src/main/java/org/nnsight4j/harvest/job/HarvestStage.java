package org.nnsight4j.harvest.job;

/** What has just happened; a process can be killed at each without loss of more than one shard. */
public enum HarvestStage {
  /** The rows of a split are token ids. */
  READ,
  /** All passes of a split are over. */
  COMPUTED,
  /** The shard and its receipt are on disk, under temporary names. */
  WRITTEN,
  /** The shard has its name, its receipt not yet: nobody counts it. */
  NAMED,
  /** The receipt has its name: the shard is committed. */
  COMMITTED,
  /** All shards are committed, and the manifest lists them. */
  LISTED,
  /** The harvest is complete. */
  FINISHED
}
