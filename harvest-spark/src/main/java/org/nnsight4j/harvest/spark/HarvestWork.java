package org.nnsight4j.harvest.spark;

import java.io.IOException;
import java.io.Serializable;
import java.io.UncheckedIOException;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.apache.spark.broadcast.Broadcast;
import org.nnsight4j.harvest.job.HarvestJob;
import org.nnsight4j.harvest.job.HarvestListener;
import org.nnsight4j.harvest.job.RowSplit;
import org.nnsight4j.harvest.job.ShardMaker;
import org.nnsight4j.harvest.job.ShardStore;

/**
 * What the tasks of a harvest need.
 *
 * @param job its bytes, which reach each executor once
 * @param digest its name
 * @param folder of the output
 * @param splits the numbers of those to compute
 */
@SuppressWarnings("ArrayRecordComponent") // Never compared.
record HarvestWork(
    Broadcast<byte[]> job, String digest, String folder, int[] splits, HarvestListener listener)
    implements Serializable {
  /** What this process has opened: one model and one plan for all its tasks. */
  private record Opened(HarvestJob job, ShardMaker maker) {}

  private static final Map<String, Opened> OPENED = new ConcurrentHashMap<>();

  private Opened opened() {
    return OPENED.computeIfAbsent(
        digest,
        any -> {
          HarvestJob read = HarvestJob.read(job.value());
          return new Opened(read, ShardMaker.of(read));
        });
  }

  RowSplit split(long place) {
    return opened().job().splits().get(splits[Math.toIntExact(place)]);
  }

  ShardMaker maker() {
    return opened().maker();
  }

  ShardStore store() {
    try {
      return ShardStore.open(Path.of(folder), opened().job());
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
