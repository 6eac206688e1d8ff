package org.nnsight4j.server.http;

import org.nnsight4j.server.access.Caller;
import org.nnsight4j.server.job.JobIds;
import org.nnsight4j.server.job.StoredJob;
import org.nnsight4j.server.problem.Problems;
import org.nnsight4j.server.store.JobReads;

/** The only way to get a job by its id. */
final class Own {
  private Own() {}

  /** The job, if it is the caller's; for others it does not exist. */
  static StoredJob job(JobReads jobs, Caller caller, String id) {
    if (!JobIds.wellFormed(id)) {
      throw Problems.noSuchJob(id);
    }
    return jobs.find(id)
        .filter(job -> job.owner().equals(caller.owner()))
        .orElseThrow(() -> Problems.noSuchJob(id));
  }
}
