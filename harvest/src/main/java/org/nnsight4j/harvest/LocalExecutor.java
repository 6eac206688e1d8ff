package org.nnsight4j.harvest;

import java.io.IOException;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
import java.util.function.Consumer;
import org.nnsight4j.error.RunException;
import org.nnsight4j.harvest.job.HarvestJob;
import org.nnsight4j.harvest.job.HarvestListener;
import org.nnsight4j.harvest.job.HarvestStage;
import org.nnsight4j.harvest.job.RowSplit;
import org.nnsight4j.harvest.job.ShardMaker;
import org.nnsight4j.harvest.job.ShardReceipt;
import org.nnsight4j.harvest.job.ShardStore;

/** Makes shards with threads of this process; the oracle of all other executors. */
final class LocalExecutor {
  private final HarvestJob job;
  private final ShardStore store;
  private final int workers;
  private final Consumer<HarvestProgress> progress;
  private final HarvestListener listener;
  private final Queue<RowSplit> queue = new ConcurrentLinkedQueue<>();
  private final long begin = System.nanoTime();
  private int kept;
  private int done;
  private long rows;
  private long missing;
  private long tokens;

  LocalExecutor(
      HarvestJob job,
      ShardStore store,
      int workers,
      Consumer<HarvestProgress> progress,
      HarvestListener listener) {
    this.job = job;
    this.store = store;
    this.workers = workers;
    this.progress = progress;
    this.listener = listener;
  }

  HarvestResult run() throws IOException {
    queue.addAll(store.missing());
    kept = job.splits().size() - queue.size();
    missing = queue.stream().mapToLong(RowSplit::rows).sum();
    if (!queue.isEmpty()) {
      ShardMaker maker = ShardMaker.of(job);
      all(Math.min(workers, queue.size()), maker);
    }
    return new HarvestResult(store, job, store.finish(listener), kept);
  }

  private void all(int threads, ShardMaker maker) throws IOException {
    ExecutorService pool =
        Executors.newFixedThreadPool(
            threads,
            task -> {
              Thread thread = new Thread(task, "harvest");
              thread.setDaemon(true);
              return thread;
            });
    try {
      List<Future<?>> running = new ArrayList<>();
      for (int i = 0; i < threads; i++) {
        running.add(
            pool.submit(
                () -> {
                  work(maker);
                  return null;
                }));
      }
      for (Future<?> one : running) {
        ended(one);
      }
    } finally {
      queue.clear();
      pool.shutdownNow();
    }
  }

  private static void ended(Future<?> worker) throws IOException {
    try {
      var unused = worker.get();
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new RunException("the harvest was interrupted; run it again to go on", e);
    } catch (ExecutionException e) {
      if (e.getCause() instanceof IOException cause) {
        throw cause;
      }
      if (e.getCause() instanceof RuntimeException cause) {
        throw cause;
      }
      if (e.getCause() instanceof Error cause) {
        throw cause;
      }
      throw new RunException("a worker of the harvest failed: " + e.getCause(), e);
    }
  }

  private void work(ShardMaker maker) throws IOException {
    for (RowSplit split = queue.poll(); split != null; split = queue.poll()) {
      boolean over = false;
      try {
        ShardStore.Attempt attempt = store.write(split, maker.make(split, listener));
        listener.at(HarvestStage.WRITTEN, split.index());
        ShardReceipt receipt = store.publish(attempt, listener);
        listener.at(HarvestStage.COMMITTED, split.index());
        over(receipt);
        over = true;
      } finally {
        if (!over) {
          // The others need not go on.
          queue.clear();
        }
      }
    }
  }

  private synchronized void over(ShardReceipt receipt) {
    done++;
    rows += receipt.rows();
    missing -= receipt.rows();
    tokens += receipt.tokens();
    progress.accept(
        new HarvestProgress(
            kept + done,
            job.splits().size(),
            kept,
            rows,
            missing,
            tokens,
            Duration.ofNanos(System.nanoTime() - begin)));
  }
}
