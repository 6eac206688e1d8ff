package org.nnsight4j.server.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.ObjectWriter;
import jakarta.ws.rs.core.MediaType;
import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.UUID;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpURI;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.dispatch.Endings;
import org.nnsight4j.server.job.StoredJob;
import org.nnsight4j.server.store.JobQueue;
import org.nnsight4j.server.store.JobReads;

/**
 * The answer to a request that sends a job and waits for its end ({@code Prefer: wait=N} of RFC
 * 7240): the job when it has ended, with its result if that is small and the client takes parts;
 * the job as it is if it has not ended in time.
 */
final class JobAnswer {
  /** Two parts, each with its length: the job, and its result. */
  static final String PARTS = "multipart/mixed";

  private static final Pattern WAIT =
      Pattern.compile("(?i)(?:^|[,;])\\s*wait\\s*=\\s*\"?(\\d{1,9})\"?");
  private static final int LONGEST = 60;
  private static final ObjectWriter VIEW = new ObjectMapper().writerFor(JobView.class);

  private final Reply reply;
  private final String jobsUri;
  private final JobReads jobs;
  private final boolean parts;
  private final Runnable end;
  private final AtomicBoolean over = new AtomicBoolean();

  /**
   * @param uri where the request was sent to
   * @param parts whether the client takes them
   * @param end called once, when nothing waits any more
   */
  JobAnswer(Reply reply, HttpURI uri, JobReads jobs, boolean parts, Runnable end) {
    this.reply = reply;
    this.jobsUri = jobsUri(uri);
    this.jobs = jobs;
    this.parts = parts;
    this.end = end;
  }

  /** How many seconds a client wants to wait; 0 if it does not. */
  static int wait(@Nullable String prefer) {
    Matcher wait = WAIT.matcher(prefer == null ? "" : prefer);
    return wait.find() ? Math.min(LONGEST, Integer.parseInt(wait.group(1))) : 0;
  }

  /** The answer for a job that nobody waits for. */
  static Answer accepted(JobQueue.Accepted accepted, HttpURI uri) {
    return view(accepted.created() ? 202 : 200, accepted.job(), jobsUri(uri));
  }

  private static String jobsUri(HttpURI uri) {
    // A request of HTTP/1.0 need not say what host it was sent to.
    return uri.getAuthority() == null
        ? "/v1/jobs/"
        : "%s://%s/v1/jobs/".formatted(uri.getScheme(), uri.getAuthority());
  }

  private static Answer view(int status, StoredJob job, String jobsUri) {
    return Answer.of(status, MediaType.APPLICATION_JSON, json(job))
        .with("Location", jobsUri + job.id());
  }

  private static byte[] json(StoredJob job) {
    try {
      return VIEW.writeValueAsBytes(JobView.of(job));
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a job that is not JSON", e);
    }
  }

  /** Answers when the job has ended, or this time has passed. */
  void await(JobQueue.Accepted accepted, Endings endings, int seconds) {
    endings.expect(
        accepted.job().id(),
        accepted.lease() != null,
        accepted.created(),
        ended -> answer(() -> whole(ended), seconds),
        seconds,
        waiting -> answer(() -> late(waiting, accepted), seconds));
  }

  private interface Making {
    Answer make();
  }

  private void answer(Making making, int seconds) {
    Answer answer;
    try {
      answer = making.make();
    } catch (RuntimeException e) {
      over();
      reply.fail(e);
      return;
    }
    over();
    reply.send(answer.with("Preference-Applied", "wait=" + seconds));
  }

  private Answer late(Endings.Waiting waiting, JobQueue.Accepted accepted) {
    waiting.synchronise();
    StoredJob job = jobs.find(accepted.job().id()).orElse(accepted.job());
    return view(job.state().terminal() ? 200 : 202, job, jobsUri);
  }

  private Answer whole(Endings.Ended ended) {
    byte[] body = ended.body();
    return parts && body != null ? inParts(ended.job(), body) : view(200, ended.job(), jobsUri);
  }

  /** Nothing waits any more. */
  void over() {
    if (over.compareAndSet(false, true)) {
      end.run();
    }
  }

  private Answer inParts(StoredJob job, byte[] body) {
    String boundary = UUID.randomUUID().toString();
    byte[] view = json(job);
    ByteArrayOutputStream out = new ByteArrayOutputStream(view.length + body.length + 400);
    part(out, boundary, MediaType.APPLICATION_JSON, view);
    part(out, boundary, MediaType.APPLICATION_OCTET_STREAM, body);
    out.writeBytes(ascii("--" + boundary + "--\r\n"));
    return Answer.of(200, PARTS + ";boundary=" + boundary, out.toByteArray())
        .with("Location", jobsUri + job.id());
  }

  private static void part(
      ByteArrayOutputStream out, String boundary, String type, byte[] content) {
    out.writeBytes(
        ascii(
            "--"
                + boundary
                + "\r\nContent-Type: "
                + type
                + "\r\nContent-Length: "
                + content.length
                + "\r\n\r\n"));
    out.writeBytes(content);
    out.writeBytes(ascii("\r\n"));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
