package org.nnsight4j.server.dispatch;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.worker.WorkerPool;

/**
 * A model as the operator of this process sees it.
 *
 * @param state what it does with jobs
 * @param workers how many workers it should have
 * @param alive how many have loaded it
 * @param busy how many run a job
 * @param begun how many were started since it was loaded
 * @param startSeconds how long the last start took
 * @param trouble why no worker can be started; null if one can
 */
public record ModelStatus(
    String name,
    State state,
    String location,
    String settings,
    int workers,
    int alive,
    int busy,
    long begun,
    double startSeconds,
    String digest,
    @Nullable String trouble) {
  /** What a model does with jobs. */
  public enum State {
    /** No worker has loaded it yet. */
    LOADING,
    /** A worker has loaded it. */
    READY,
    /** The operator holds its jobs back. */
    PAUSED,
    /** It ends the jobs that run, and then its workers. */
    UNLOADING,
    /** No worker can be started. */
    FAILED
  }

  /** A model whose last worker is gone. */
  static ModelStatus gone(String name) {
    return new ModelStatus(name, State.UNLOADING, "", "", 0, 0, 0, 0, 0, "", null);
  }

  static ModelStatus of(RunningModel model, boolean paused) {
    WorkerPool pool = model.pool();
    int alive = pool.alive();
    String trouble = pool.trouble().orElse(null);
    State state =
        model.leaving()
            ? State.UNLOADING
            : paused
                ? State.PAUSED
                : alive > 0 ? State.READY : trouble == null ? State.LOADING : State.FAILED;
    return new ModelStatus(
        model.name(),
        state,
        model.spec().location(),
        model.spec().settings(),
        pool.wanted(),
        alive,
        model.busy(),
        pool.begun(),
        pool.startNanos() / 1e9,
        model.entry().digest(),
        trouble);
  }
}
