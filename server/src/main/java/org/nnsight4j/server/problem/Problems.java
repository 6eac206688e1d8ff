package org.nnsight4j.server.problem;

import org.nnsight4j.internal.spelling.Shown;

/** Problems that several parts of the server use. */
public final class Problems {
  private Problems() {}

  public static ProblemException badRequest(String detail) {
    return new ProblemException(ProblemKind.BAD_REQUEST.with(detail));
  }

  /** Also used for a job that belongs to another user, so that its existence is not revealed. */
  public static ProblemException noSuchJob(String id) {
    return new ProblemException(
        ProblemKind.NO_SUCH_JOB.with(
            "expected the id of a job of yours that is still kept, found none under '%s'"
                .formatted(Shown.start(id, 64))));
  }

  public static Problem cancelled() {
    return ProblemKind.CANCELLED.with("the job was cancelled before it had a result");
  }

  public static Problem workerDied(int attempts) {
    return ProblemKind.WORKER_DIED.with(
        "the process that ran the job died in each of %s attempts; report the job id to the operator"
            .formatted(attempts));
  }

  public static Problem otherCheckpoint(String model, String expected, String found) {
    return ProblemKind.OTHER_CHECKPOINT
        .with(
            "expected the checkpoint of the model '%s' as it was when the job was accepted, found another: its operator has exchanged it; send the job again to run it with that one"
                .formatted(model))
        .with("accepted", expected)
        .with("found", found);
  }

  public static Problem outOfMemory() {
    return ProblemKind.OUT_OF_MEMORY.with(
        "the run took more memory than its worker has, and ended it; it is not tried again. Save less, reduce it earlier, or ask for it in parts");
  }

  public static Problem timeLimit(long seconds) {
    return ProblemKind.TIME_LIMIT.with(
        "expected the run to end within %s s, it did not; ask for a longer timeLimit or for less"
            .formatted(seconds));
  }

  public static Problem waitedTooLong(long seconds) {
    return ProblemKind.WAITED_TOO_LONG.with(
        "no worker took the job within %s s; is a server with this model running?"
            .formatted(seconds));
  }
}
