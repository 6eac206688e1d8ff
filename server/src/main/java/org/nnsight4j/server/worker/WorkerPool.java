package org.nnsight4j.server.worker;

import java.io.IOException;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.nnsight4j.server.execute.ExecutorKind;
import org.nnsight4j.server.execute.ModelSpec;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The workers of one model; dead ones are replaced when somebody needs them. */
public final class WorkerPool implements AutoCloseable {
  private static final Logger LOG = LoggerFactory.getLogger(WorkerPool.class);

  private final ModelSpec spec;
  private final boolean inProcess;
  private final List<String> jvmOptions;
  private final Deque<Worker> free = new ArrayDeque<>();
  private final List<Worker> all = new ArrayList<>();
  private final Set<Process> starting = new HashSet<>();
  private boolean closed;

  /**
   * @param inProcess whether runs share the process of the server, which a native crash then ends
   */
  public WorkerPool(ModelSpec spec, boolean inProcess, List<String> jvmOptions) {
    this.spec = spec;
    this.inProcess = inProcess;
    this.jvmOptions = List.copyOf(jvmOptions);
  }

  /** A worker for the calling thread alone; starts one if none is free. */
  public Worker take() throws IOException {
    synchronized (this) {
      for (Worker worker = free.poll(); worker != null; worker = free.poll()) {
        if (worker.usable()) {
          return worker;
        }
        drop(worker);
      }
    }
    Worker worker =
        inProcess ? new LocalWorker(ExecutorKind.named(spec.kind()).open(spec)) : started();
    synchronized (this) {
      if (closed) {
        worker.close();
        throw new IOException("the server is going down");
      }
      all.add(worker);
    }
    LOG.info("model {}: a worker is ready", spec.name());
    return worker;
  }

  private Worker started() throws IOException {
    List<Process> own = new ArrayList<>();
    try {
      return WorkerProcess.start(
          spec,
          jvmOptions,
          process -> {
            own.add(process);
            starts(process);
          });
    } finally {
      synchronized (this) {
        own.forEach(starting::remove);
      }
    }
  }

  private synchronized void starts(Process process) {
    starting.add(process);
    if (closed) {
      process.destroyForcibly();
    }
  }

  /** Starts all workers, so that the first jobs need not wait for them. */
  public void warm() throws IOException {
    List<Worker> started = new ArrayList<>();
    try {
      for (int i = alive(); i < spec.workers(); i++) {
        started.add(take());
      }
    } finally {
      started.forEach(this::give);
    }
  }

  /** Gives a worker back. */
  public synchronized void give(Worker worker) {
    if (worker.usable() && !closed) {
      free.push(worker);
    } else {
      drop(worker);
    }
  }

  private void drop(Worker worker) {
    all.remove(worker);
    worker.close();
  }

  /** How many workers are alive. */
  public synchronized int alive() {
    return (int) all.stream().filter(Worker::usable).count();
  }

  @Override
  public synchronized void close() {
    closed = true;
    all.forEach(Worker::close);
    starting.forEach(Process::destroyForcibly);
    all.clear();
    free.clear();
  }
}
