package org.nnsight4j.server.dispatch;

import org.nnsight4j.server.worker.Worker;

/** A worker that runs several jobs, which come and go. {@link Turns} counts them. */
final class Rows {
  private final Worker worker;
  private int count;
  private long bytes;

  Rows(Worker worker) {
    this.worker = worker;
  }

  /** A job's place there. */
  final class Place {
    private final long own;

    private Place(long own) {
      this.own = own;
    }

    Worker worker() {
      return worker;
    }

    Rows rows() {
      return Rows.this;
    }
  }

  Place add(long own) {
    count++;
    bytes += own;
    return new Place(own);
  }

  void remove(Place place) {
    count--;
    bytes -= place.own;
  }

  int count() {
    return count;
  }

  /** Whether one more job has room; a worker that is gone has none. */
  boolean hasRoom(long more, int mostJobs, long mostBytes) {
    return worker.usable() && count < mostJobs && bytes + more >= 0 && bytes + more <= mostBytes;
  }
}
