package org.nnsight4j.server.http;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.ObjectMapper;
import jakarta.ws.rs.container.AsyncResponse;
import jakarta.ws.rs.core.MediaType;
import jakarta.ws.rs.core.Response;
import java.io.ByteArrayOutputStream;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.UUID;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
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
  private static final ObjectMapper MAPPER = new ObjectMapper();
  private final AsyncResponse response;
  private final JobReads jobs;
  private final boolean parts;
  private final Runnable end;
  private final AtomicBoolean over = new AtomicBoolean();

  /**
   * @param parts whether the client takes them
   * @param end called once, when nothing waits any more
   */
  JobAnswer(AsyncResponse response, JobReads jobs, boolean parts, Runnable end) {
    this.response = response;
    this.jobs = jobs;
    this.parts = parts;
    this.end = end;
  }

  /** How many seconds a client wants to wait; 0 if it does not. */
  static int wait(@Nullable String prefer) {
    Matcher wait = WAIT.matcher(prefer == null ? "" : prefer);
    return wait.find() ? Math.min(LONGEST, Integer.parseInt(wait.group(1))) : 0;
  }

  static boolean takesParts(List<MediaType> accepted) {
    return accepted.stream()
        .anyMatch(type -> type.getType().equals("multipart") && type.getSubtype().equals("mixed"));
  }

  /** The answer for a job that nobody waits for. */
  static Response.ResponseBuilder accepted(JobQueue.Accepted accepted) {
    return view(accepted.created() ? 202 : 200, accepted.job());
  }

  private static Response.ResponseBuilder view(int status, StoredJob job) {
    return Response.status(status)
        .type(MediaType.APPLICATION_JSON)
        .location(location(job))
        .entity(JobView.of(job));
  }

  private static URI location(StoredJob job) {
    return URI.create("/v1/jobs/" + job.id());
  }

  /** Answers when the job has ended, or this time has passed. */
  void await(JobQueue.Accepted accepted, Endings endings, int seconds) {
    StoredJob job = accepted.job();
    Endings.Waiting waiting =
        endings.expect(job.id(), accepted.lease() != null, ended -> send(ended, seconds));
    response.setTimeoutHandler(
        late -> {
          if (waiting.giveUp()) {
            late(waiting, accepted, seconds);
          }
        });
    response.setTimeout(seconds, TimeUnit.SECONDS);
  }

  private void late(Endings.Waiting waiting, JobQueue.Accepted accepted, int seconds) {
    try {
      waiting.synchronise();
      StoredJob job = jobs.find(accepted.job().id()).orElse(accepted.job());
      answer(view(job.state().terminal() ? 200 : 202, job), seconds);
    } catch (RuntimeException e) {
      over();
      response.resume(e);
    }
  }

  private void send(Endings.Ended ended, int seconds) {
    try {
      byte[] body = ended.body();
      answer(parts && body != null ? inParts(ended.job(), body) : view(200, ended.job()), seconds);
    } catch (JsonProcessingException | RuntimeException e) {
      over();
      response.resume(e);
    }
  }

  private void answer(Response.ResponseBuilder answer, int seconds) {
    over();
    response.resume(answer.header("Preference-Applied", "wait=" + seconds).build());
  }

  /** Nothing waits any more. */
  void over() {
    if (over.compareAndSet(false, true)) {
      end.run();
    }
  }

  private static Response.ResponseBuilder inParts(StoredJob job, byte[] body)
      throws JsonProcessingException {
    String boundary = UUID.randomUUID().toString();
    byte[] view = MAPPER.writeValueAsBytes(JobView.of(job));
    ByteArrayOutputStream out = new ByteArrayOutputStream(view.length + body.length + 400);
    part(out, boundary, MediaType.APPLICATION_JSON, view);
    part(out, boundary, MediaType.APPLICATION_OCTET_STREAM, body);
    out.writeBytes(ascii("--%s--\r\n".formatted(boundary)));
    return Response.ok(out.toByteArray())
        .type("%s; boundary=%s".formatted(PARTS, boundary))
        .location(location(job));
  }

  private static void part(
      ByteArrayOutputStream out, String boundary, String type, byte[] content) {
    out.writeBytes(
        ascii(
            "--%s\r\nContent-Type: %s\r\nContent-Length: %s\r\n\r\n"
                .formatted(boundary, type, content.length)));
    out.writeBytes(content);
    out.writeBytes(ascii("\r\n"));
  }

  private static byte[] ascii(String text) {
    return text.getBytes(StandardCharsets.US_ASCII);
  }
}
