package org.nnsight4j.harvest;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.nnsight4j.error.RunException;
import org.nnsight4j.harvest.job.HarvestJob;
import org.nnsight4j.harvest.job.ShardReceipt;
import org.nnsight4j.harvest.job.ShardStore;
import org.nnsight4j.internal.spelling.Counted;
import org.nnsight4j.tensor.Tensor;

/** A complete harvest. */
public final class HarvestResult {
  private final ShardStore store;
  private final HarvestJob job;
  private final List<ShardReceipt> receipts;
  private final int kept;

  /**
   * Of an executor.
   *
   * @param kept how many shards were there before
   */
  public HarvestResult(ShardStore store, HarvestJob job, List<ShardReceipt> receipts, int kept) {
    this.store = store;
    this.job = job;
    this.receipts = List.copyOf(receipts);
    this.kept = kept;
  }

  /** The name of all shards and receipts: equal for equal bits, whoever computed them. */
  public String digest() {
    return ShardStore.output(receipts);
  }

  /** The name of all that the numbers depend on. */
  public String jobDigest() {
    return job.digest();
  }

  /** The shards, in the order of the dataset. */
  public List<Path> files() {
    return receipts.stream().map(one -> store.folder().resolve(one.file())).toList();
  }

  public List<ShardReceipt> receipts() {
    return receipts;
  }

  /** How many shards were there before. */
  public int kept() {
    return kept;
  }

  public long texts() {
    return receipts.stream().mapToLong(ShardReceipt::texts).sum();
  }

  public long tokens() {
    return receipts.stream().mapToLong(ShardReceipt::tokens).sum();
  }

  /**
   * The numbers of one shard: index and columns by name.
   *
   * @param shard from 0, or from -1 backwards
   * @throws RunException if there is no such shard
   */
  public Map<String, Tensor> read(int shard) throws IOException {
    int count = receipts.size();
    if (shard >= count || shard < -count) {
      throw new RunException(
          "shard %s does not exist: this harvest has %s, so 0 to %s, or -1 to -%s from the end"
              .formatted(shard, count, count - 1, count));
    }
    return store.read(receipts.get(shard < 0 ? shard + count : shard));
  }

  @Override
  public String toString() {
    return "%s, %s in %s, %s of them kept, output %s"
        .formatted(
            Counted.of(texts(), "text"),
            Counted.of(tokens(), "token"),
            Counted.of(receipts.size(), "shard"),
            kept,
            digest().substring(0, 12));
  }
}
