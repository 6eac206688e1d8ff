package org.nnsight4j.harvest.spark;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.apache.spark.sql.catalyst.InternalRow;
import org.apache.spark.sql.connector.write.BatchWrite;
import org.apache.spark.sql.connector.write.DataWriter;
import org.apache.spark.sql.connector.write.DataWriterFactory;
import org.apache.spark.sql.connector.write.PhysicalWriteInfo;
import org.apache.spark.sql.connector.write.WriterCommitMessage;
import org.nnsight4j.harvest.job.HarvestStage;
import org.nnsight4j.harvest.job.RowSplit;
import org.nnsight4j.harvest.job.ShardReceipt;
import org.nnsight4j.harvest.job.ShardStore;

/**
 * The write of a harvest: a task makes one shard under a temporary name, and commits it once
 * Spark's coordinator lets it.
 */
final class HarvestWrite implements BatchWrite {
  private final HarvestWork work;

  HarvestWrite(HarvestWork work) {
    this.work = work;
  }

  @Override
  public DataWriterFactory createBatchWriterFactory(PhysicalWriteInfo info) {
    return new Factory(work);
  }

  /** Of several attempts on a split, one may commit. */
  @Override
  public boolean useCommitCoordinator() {
    return true;
  }

  /** The receipts are on disk; whoever began the write lists them. */
  @Override
  public void commit(WriterCommitMessage[] messages) {}

  /** What is committed stays, for the next run. */
  @Override
  public void abort(WriterCommitMessage[] messages) {}

  private record Factory(HarvestWork work) implements DataWriterFactory {
    @Override
    public DataWriter<InternalRow> createWriter(int partition, long task) {
      return new Writer(work);
    }
  }

  /** The receipts of a task. */
  private record Committed(List<ShardReceipt> receipts) implements WriterCommitMessage {}

  private static final class Writer implements DataWriter<InternalRow> {
    private final HarvestWork work;
    private final ShardStore store;
    private final List<ShardStore.Attempt> attempts = new ArrayList<>();

    Writer(HarvestWork work) {
      this.work = work;
      this.store = work.store();
    }

    @Override
    public void write(InternalRow row) throws IOException {
      RowSplit split = work.split(row.getLong(0));
      attempts.add(store.write(split, work.maker().make(split, work.listener())));
      work.listener().at(HarvestStage.WRITTEN, split.index());
    }

    @Override
    public WriterCommitMessage commit() throws IOException {
      List<ShardReceipt> receipts = new ArrayList<>();
      for (ShardStore.Attempt attempt : attempts) {
        receipts.add(store.publish(attempt, work.listener()));
        work.listener().at(HarvestStage.COMMITTED, attempt.contents().split());
      }
      return new Committed(receipts);
    }

    @Override
    public void abort() throws IOException {
      for (ShardStore.Attempt attempt : attempts) {
        attempt.discard();
      }
    }

    @Override
    public void close() {}
  }
}
