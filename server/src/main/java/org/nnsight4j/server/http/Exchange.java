package org.nnsight4j.server.http;

import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.container.ContainerRequestContext;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.UUID;
import java.util.regex.Pattern;
import org.eclipse.jetty.http.HttpFields;
import org.eclipse.jetty.server.Handler;
import org.eclipse.jetty.server.Request;
import org.eclipse.jetty.server.Response;
import org.eclipse.jetty.util.Callback;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.access.Caller;

/**
 * One request and its answer, as logs name them: the id that a client or proxy gave it, or one of
 * its own.
 */
final class Exchange {
  /** The header with the id, taken and returned. */
  static final String ID = "X-Request-Id";

  private static final String ATTRIBUTE = "nnsight4j.exchange";
  private static final Pattern FORM = Pattern.compile("[A-Za-z0-9._:/+=-]{1,128}");
  private final String id;
  private final @Nullable Request request;
  private volatile @Nullable Caller caller;
  private volatile @Nullable String job;

  private Exchange(String id, @Nullable Request request) {
    this.id = id;
    this.request = request;
  }

  String id() {
    return id;
  }

  Optional<Caller> caller() {
    return Optional.ofNullable(caller);
  }

  void caller(Caller known) {
    caller = known;
  }

  /** The request as it came in, below servlets; only while it is handled. */
  Request request() {
    return Objects.requireNonNull(request, "expected a request that has passed Exchange.Begin");
  }

  /** The value of a header, or its values with commas between; null if there is none. */
  @Nullable String header(String name) {
    List<String> values = request().getHeaders().getValuesList(name);
    return values.isEmpty() ? null : String.join(",", values);
  }

  /** Whether its errors have the form of OpenAI's. */
  boolean isOfText() {
    Request known = request;
    return known != null && TextsResource.isOne(known.getHttpURI().getPath());
  }

  Optional<String> job() {
    return Optional.ofNullable(job);
  }

  void job(String jobId) {
    job = jobId;
  }

  /** The exchange of this request. */
  static Exchange of(ContainerRequestContext request) {
    return request.getProperty(ATTRIBUTE) instanceof Exchange known ? known : unknown();
  }

  /** The exchange of this request. */
  static Exchange of(@Nullable HttpServletRequest request) {
    return request != null && request.getAttribute(ATTRIBUTE) instanceof Exchange known
        ? known
        : unknown();
  }

  /** The exchange of this request. */
  static Exchange of(Request request) {
    return request.getAttribute(ATTRIBUTE) instanceof Exchange known ? known : unknown();
  }

  private static Exchange unknown() {
    return new Exchange(UUID.randomUUID().toString(), null);
  }

  /** Gives each request its exchange, and each answer its id. */
  static final class Begin extends Handler.Wrapper {
    Begin(Handler next) {
      super(next);
    }

    @Override
    public InvocationType getInvocationType() {
      return InvocationType.NON_BLOCKING;
    }

    @Override
    public boolean handle(Request request, Response response, Callback callback) throws Exception {
      HttpFields headers = request.getHeaders();
      String given = headers.get(ID);
      boolean usable = given != null && FORM.matcher(given).matches();
      Exchange exchange = new Exchange(usable ? given : UUID.randomUUID().toString(), request);
      request.setAttribute(ATTRIBUTE, exchange);
      response.getHeaders().put(ID, exchange.id);
      return super.handle(request, response, callback);
    }
  }
}
