package org.nnsight4j.server.http;

import java.io.IOException;
import java.io.InputStream;
import java.util.List;
import java.util.Map;
import org.eclipse.jetty.http.HttpURI;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.access.AuditLog;
import org.nnsight4j.server.access.Caller;
import org.nnsight4j.server.access.KeyRing;
import org.nnsight4j.server.access.StreamLimit;
import org.nnsight4j.server.dispatch.Admission;
import org.nnsight4j.server.dispatch.Endings;
import org.nnsight4j.server.dispatch.Submission;
import org.nnsight4j.server.job.StoredJob;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.JobReads;

/** What happens to a request that sends a job, whichever part of the server has received it. */
final class JobSubmission {
  /**
   * Such a request.
   *
   * @param parameters its query, decoded
   * @param parts whether the client takes an answer in parts
   */
  record Sent(
      Exchange exchange,
      Caller caller,
      Map<String, List<String>> parameters,
      boolean parts,
      InputStream body) {
    private HttpURI uri() {
      return exchange.request().getHttpURI();
    }
  }

  private final Admission admission;
  private final JobReads jobs;
  private final AuditLog audit;
  private final KeyRing keys;
  private final Endings endings;
  private final StreamLimit streams;
  private final RequestBody body;

  JobSubmission(
      Admission admission,
      JobReads jobs,
      AuditLog audit,
      KeyRing keys,
      Endings endings,
      StreamLimit streams,
      Uploads uploads) {
    this.admission = admission;
    this.jobs = jobs;
    this.audit = audit;
    this.keys = keys;
    this.endings = endings;
    this.streams = streams;
    this.body = new RequestBody(admission.limits().count(Limit.REQUEST_BYTES), uploads);
  }

  /**
   * Answers 202 once the job is on disk, 200 if it already was. A client that prefers to wait gets
   * 200 with the job when it has ended in time.
   *
   * @throws org.nnsight4j.server.problem.ProblemException if it is refused
   */
  void submit(Sent sent, Reply reply) throws IOException {
    Exchange exchange = sent.exchange;
    Caller caller = sent.caller;
    RequestParameters parameters =
        RequestParameters.of(sent.parameters, "model", "priority", "timeLimit");
    String model = parameters.required("model");
    var priority = parameters.priority("priority");
    var timeLimit = parameters.seconds("timeLimit");
    String key = RequestParameters.idempotencyKey(exchange.header("Idempotency-Key"));
    int seconds = JobAnswer.wait(exchange.header("Prefer"));
    // Without a place for another connection it does not wait; it need not.
    boolean waits = seconds > 0 && streams.begin(caller.owner());
    @Nullable JobAnswer answer =
        waits
            ? new JobAnswer(reply, sent.uri(), jobs, sent.parts, () -> streams.end(caller.owner()))
            : null;
    Request request = exchange.request();
    try {
      JobQueue.Accepted accepted =
          body.with(
              exchange,
              caller.owner(),
              sent.body,
              bytes ->
                  admission.accept(
                      new Submission(
                          caller,
                          model,
                          priority,
                          timeLimit,
                          key,
                          bytes,
                          exchange.id(),
                          () -> keys.isValid(caller.keyId()) && !HangUps.isGone(request)),
                      answer == null,
                      job -> accepted(exchange, caller, job, answer, seconds)));
      if (answer == null) {
        reply.send(JobAnswer.accepted(accepted, sent.uri()));
      }
    } catch (IOException | RuntimeException e) {
      if (answer != null) {
        answer.over();
      }
      throw e;
    }
  }

  /** Called when a job is accepted, before it can start. */
  private void accepted(
      Exchange exchange,
      Caller caller,
      JobQueue.Accepted accepted,
      @Nullable JobAnswer answer,
      int seconds) {
    StoredJob job = accepted.job();
    exchange.job(job.id());
    if (accepted.created()) {
      audit.write(
          "submit", caller, "job", job.id(), "model", job.model(), "request", job.requestSha256());
    }
    if (answer != null) {
      answer.await(accepted, endings, seconds);
    }
  }
}
