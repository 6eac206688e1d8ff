package org.nnsight4j.server.store;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.locks.Condition;
import java.util.concurrent.locks.ReentrantLock;
import org.jspecify.annotations.Nullable;

/**
 * For SQLite, which has one writer: transactions that come while another is being committed wait,
 * and are then committed together, so that the disk is synced once for all of them. A transaction
 * that comes alone does not wait. Each is in a savepoint, so that a failing one does not affect the
 * others.
 */
final class GroupWriter implements Writer {
  private static final int LARGEST = 256;

  private final SqliteGroup database;
  private final ReentrantLock lock = new ReentrantLock();
  private List<Entry<?>> waiting = new ArrayList<>();
  private boolean busy;

  GroupWriter(SqliteGroup database) {
    this.database = database;
  }

  /** One transaction of a group. */
  final class Entry<T> {
    final boolean onDisk;
    private final Database.Work<T> work;
    private final Condition changed = lock.newCondition();
    private boolean leads;
    private boolean ended;
    private @Nullable Committed<T> committed;
    private @Nullable Throwable failure;

    private Entry(Database.Work<T> work, boolean onDisk) {
      this.work = work;
      this.onDisk = onDisk;
    }

    /** Does its work, which takes effect when the group is committed. */
    void apply(Tx tx) throws Exception {
      committed = Committed.of(work.apply(tx), tx);
    }

    /** Reports that it had no effect. */
    void fail(Throwable cause) {
      failure = cause;
    }

    boolean failed() {
      return failure != null;
    }

    private Committed<T> outcome() {
      if (failure instanceof RuntimeException e) {
        throw e;
      } else if (failure instanceof Error e) {
        throw e;
      } else if (failure != null) {
        throw StoreException.ofTransaction(failure);
      } else if (committed == null) {
        throw new IllegalStateException("expected a transaction that has been tried");
      }
      return committed;
    }
  }

  @Override
  public <T> Committed<T> write(Database.Work<T> work, boolean onDisk) {
    Entry<T> entry = new Entry<>(work, onDisk);
    List<Entry<?>> group = join(entry);
    if (!group.isEmpty()) {
      try {
        database.commit(group);
      } finally {
        leave(group);
      }
    }
    return entry.outcome();
  }

  /**
   * Waits until the entry has ended, or returns the group that the calling thread has to commit.
   */
  private List<Entry<?>> join(Entry<?> entry) {
    lock.lock();
    try {
      waiting.add(entry);
      if (busy) {
        while (!entry.ended && !entry.leads) {
          entry.changed.awaitUninterruptibly();
        }
        if (entry.ended) {
          return List.of();
        }
      }
      busy = true;
      List<Entry<?>> group = waiting.subList(0, Math.min(LARGEST, waiting.size()));
      waiting = new ArrayList<>(waiting.subList(group.size(), waiting.size()));
      return group;
    } finally {
      lock.unlock();
    }
  }

  /** Tells the group that it has ended, and the first entry of the next group that it leads. */
  private void leave(List<Entry<?>> group) {
    lock.lock();
    try {
      for (Entry<?> entry : group) {
        entry.ended = true;
        entry.changed.signal();
      }
      if (waiting.isEmpty()) {
        busy = false;
      } else {
        waiting.get(0).leads = true;
        waiting.get(0).changed.signal();
      }
    } finally {
      lock.unlock();
    }
  }

  @Override
  public void close() {
    database.close();
  }
}
