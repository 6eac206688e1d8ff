package org.nnsight4j.server.http;

import java.io.ByteArrayInputStream;
import java.io.InputStream;
import java.io.SequenceInputStream;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import org.eclipse.jetty.io.Content;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;

/**
 * Receives the requests that send jobs, as most clients write them. For a small run, the way
 * through servlets and resources takes longer than everything else that the server does; requests
 * of another form go that way, to the same {@link JobSubmission}.
 */
final class JobsHandler extends Handler.Wrapper {
  private static final String PATH = "/v1/jobs";

  /** Parameters that need no decoding. */
  private static final Pattern QUERY =
      Pattern.compile("[A-Za-z]+=[A-Za-z0-9._-]*(?:&[A-Za-z]+=[A-Za-z0-9._-]*)*");

  private static final Set<String> ACCEPTING =
      Set.of("*/*", "application/json", "multipart/mixed", "application/problem+json");

  private final KeyCheck keys;
  private final JobSubmission submission;
  private final Refusals refusals;

  JobsHandler(KeyCheck keys, JobSubmission submission, Refusals refusals, Handler next) {
    super(next);
    this.keys = keys;
    this.submission = submission;
    this.refusals = refusals;
  }

  @Override
  public boolean handle(Request request, Response response, Callback callback) throws Exception {
    String query = request.getHttpURI().getQuery();
    List<String> accepts = accepted(request);
    if (!request.getMethod().equals("POST")
        || !PATH.equals(request.getHttpURI().getPath())
        || query == null
        || !QUERY.matcher(query).matches()
        || !ACCEPTING.containsAll(accepts)) {
      return super.handle(request, response, callback);
    }
    Exchange exchange = Exchange.of(request);
    Reply reply = new Direct(request, response, callback, exchange);
    // It may wait for longer than a connection may be idle.
    request.addIdleTimeoutListener(late -> false);
    try {
      submission.submit(
          new JobSubmission.Sent(
              exchange,
              keys.caller(exchange),
              parameters(query),
              accepts.contains(JobAnswer.PARTS),
              body(request)),
          reply);
    } catch (Exception | Error e) {
      reply.fail(e);
    }
    return true;
  }

  private static List<String> accepted(Request request) {
    List<String> types = new ArrayList<>();
    for (String line : request.getHeaders().getValuesList("Accept")) {
      for (String type : line.split(",", -1)) {
        types.add(type.strip());
      }
    }
    return types;
  }

  private static Map<String, List<String>> parameters(String query) {
    Map<String, List<String>> parameters = new LinkedHashMap<>();
    for (String each : query.split("&", -1)) {
      int equals = each.indexOf('=');
      parameters
          .computeIfAbsent(each.substring(0, equals), name -> new ArrayList<>())
          .add(each.substring(equals + 1));
    }
    return parameters;
  }

  /** The body; what has come already is available in it. */
  private static InputStream body(Request request) {
    InputStream rest = Request.asInputStream(request);
    Content.Chunk chunk = request.read();
    if (chunk == null) {
      return rest;
    }
    byte[] first = bytes(chunk);
    boolean last = chunk.isLast() && !Content.Chunk.isFailure(chunk);
    chunk.release();
    InputStream begin = new ByteArrayInputStream(first);
    return last ? begin : new SequenceInputStream(begin, rest);
  }

  private static byte[] bytes(Content.Chunk chunk) {
    byte[] bytes = new byte[chunk.remaining()];
    if (bytes.length > 0) {
      chunk.getByteBuffer().get(bytes);
    }
    return bytes;
  }

  /** Answers without Jersey. */
  private final class Direct implements Reply {
    private final Request request;
    private final Response response;
    private final Callback callback;
    private final Exchange exchange;

    Direct(Request request, Response response, Callback callback, Exchange exchange) {
      this.request = request;
      this.response = response;
      this.callback = callback;
      this.exchange = exchange;
    }

    @Override
    public void send(Answer answer) {
      answer.send(request, response, callback);
    }

    @Override
    public void fail(Throwable error) {
      send(refusals.of(error, exchange));
    }
  }
}
