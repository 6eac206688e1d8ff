package org.nnsight4j.remote;

import com.fasterxml.jackson.core.JsonFactory;
import com.fasterxml.jackson.core.StreamReadConstraints;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandler;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLException;

/**
 * Sends requests to one server, with the key; retries where that is safe, and turns errors into
 * exceptions.
 */
final class Api {
  /** How long to wait for a server that cannot be reached. */
  private static final Duration PATIENCE = Duration.ofMinutes(2);

  /** How long the connection may be silent; the server says that it is alive every ten seconds. */
  static final Duration SILENCE = Duration.ofSeconds(35);

  private static final Duration CONNECT = Duration.ofSeconds(10);
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final long LONGEST_PAUSE_MILLIS = 5000;
  private static final int LARGEST_JSON = 16 << 20;

  private static final ObjectMapper MAPPER =
      new ObjectMapper(
          JsonFactory.builder()
              .streamReadConstraints(StreamReadConstraints.builder().maxNestingDepth(50).build())
              .build());

  private final URI server;
  private final String key;
  private final HttpClient http;
  private final Watcher watcher;

  Api(URI server, String key, Watcher watcher) {
    this(server, key, client(server).build(), watcher);
  }

  private Api(URI server, String key, HttpClient http, Watcher watcher) {
    this.server = server;
    this.key = key;
    this.http = http;
    this.watcher = watcher;
  }

  private static HttpClient.Builder client(URI server) {
    HttpClient.Builder client =
        HttpClient.newBuilder()
            .connectTimeout(CONNECT)
            .version(HttpClient.Version.HTTP_1_1)
            .followRedirects(HttpClient.Redirect.NEVER);
    // Without TLS a proxy, and anything on the way to it, could read the key.
    return server.getScheme().equals("http")
        // Answers are handed to streams, which never make the thread that receives them wait; to
        // wake another thread for each takes longer than a small answer.
        ? client.proxy(HttpClient.Builder.NO_PROXY).executor(Runnable::run)
        : client;
  }

  Api trusting(SSLContext context) {
    return new Api(server, key, client(server).sslContext(context).build(), watcher);
  }

  Api watchedBy(Watcher other) {
    return new Api(server, key, http, other);
  }

  Watcher watcher() {
    return watcher;
  }

  URI server() {
    return server;
  }

  HttpRequest.Builder request(String path) {
    return HttpRequest.newBuilder(server.resolve(path)).header("Authorization", "Bearer " + key);
  }

  JsonNode get(String path) {
    return json(request(path).timeout(ANSWER).build());
  }

  JsonNode json(HttpRequest request) {
    HttpResponse<InputStream> response = retried(request, BodyHandlers.ofInputStream());
    return read(response);
  }

  /** Sends a request whose answer is a job, and perhaps its result. */
  Job jobWithResult(HttpRequest request) {
    HttpResponse<InputStream> response = retried(request, BodyHandlers.ofInputStream());
    String type = response.headers().firstValue("Content-Type").orElse("");
    if (response.statusCode() != 200 || !type.startsWith(Parts.TYPE)) {
      return new Job(this, read(response), null);
    }
    List<byte[]> parts = Parts.read(bytes(response));
    if (parts.size() != 2) {
      throw new RemoteException(
          "expected a job and its result from %s, found %s parts".formatted(server, parts.size()));
    }
    return new Job(this, parse(new String(parts.get(0), StandardCharsets.UTF_8)), parts.get(1));
  }

  private byte[] bytes(HttpResponse<InputStream> response) {
    try (InputStream in = response.body()) {
      byte[] bytes = in.readNBytes(LARGEST_JSON + 1);
      if (bytes.length > LARGEST_JSON) {
        throw new RemoteException(
            "expected at most %s bytes in one answer from %s, found more"
                .formatted(LARGEST_JSON, server));
      }
      return bytes;
    } catch (IOException e) {
      throw new RemoteException("the answer of %s broke off".formatted(server), e);
    }
  }

  /** Sends an idempotent request; waits for a server that cannot be reached or is busy. */
  <T> HttpResponse<T> retried(HttpRequest request, BodyHandler<T> body) {
    long end = System.nanoTime() + PATIENCE.toNanos();
    long pause = 100;
    while (true) {
      IOException failure = null;
      String why;
      try {
        HttpResponse<T> response = http.send(request, body);
        if (!busy(response) || System.nanoTime() > end) {
          return response;
        }
        pause = retryAfterMillis(response).orElse(pause);
        why = busyWith(response);
        drop(response);
      } catch (IOException e) {
        refuseStranger(e);
        failure = e;
        why = said(e);
      } catch (InterruptedException e) {
        throw interrupted(e);
      }
      if (failure != null && System.nanoTime() > end) {
        throw unreachable(failure);
      }
      pause(why, pause);
      pause = Math.min(LONGEST_PAUSE_MILLIS, pause * 2);
    }
  }

  /** Sends a request once. */
  <T> HttpResponse<T> once(HttpRequest request, BodyHandler<T> body) throws IOException {
    try {
      return http.send(request, body);
    } catch (IOException e) {
      refuseStranger(e);
      throw e;
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** A full queue does not count as busy: it is the user's own, and may stay full. */
  private static boolean busy(HttpResponse<?> response) {
    return response.statusCode() == 503
        || (response.statusCode() == 429
            && response.headers().firstValue("X-Problem").orElse("").equals("too-many-requests"));
  }

  /** What a busy server says. */
  static String busyWith(HttpResponse<?> response) {
    return "it answers %s (%s)"
        .formatted(
            response.statusCode(), response.headers().firstValue("X-Problem").orElse("no reason"));
  }

  static String said(IOException failure) {
    return failure instanceof ConnectException
        ? "nobody listens there, or no connection is let through"
        : Objects.requireNonNullElse(failure.getMessage(), failure.getClass().getSimpleName());
  }

  private static OptionalLong retryAfterMillis(HttpResponse<?> response) {
    try {
      return response
          .headers()
          .firstValue("Retry-After")
          .map(Long::parseLong)
          .map(seconds -> OptionalLong.of(Math.min(30, Math.max(0, seconds)) * 1000))
          .orElse(OptionalLong.empty());
    } catch (NumberFormatException e) {
      return OptionalLong.empty();
    }
  }

  private static void drop(HttpResponse<?> response) throws IOException {
    if (response.body() instanceof InputStream in) {
      in.close();
    }
  }

  /** The JSON of an answer. */
  JsonNode read(HttpResponse<InputStream> response) {
    try (InputStream in = response.body()) {
      byte[] bytes = in.readNBytes(LARGEST_JSON + 1);
      if (bytes.length > LARGEST_JSON) {
        throw new RemoteException(
            "expected at most %s bytes of JSON from %s, found more"
                .formatted(LARGEST_JSON, server));
      }
      if (response.statusCode() / 100 == 3) {
        throw new RemoteException(
            "expected an answer from %s, found %s to %s; keys are not taken elsewhere, give that address if it is the server's"
                .formatted(
                    server,
                    response.statusCode(),
                    response.headers().firstValue("Location").orElse("nowhere")));
      }
      if (response.statusCode() >= 400) {
        throw new RemoteException(problem(bytes, response.statusCode()));
      }
      return bytes.length == 0 ? MAPPER.nullNode() : MAPPER.readTree(bytes);
    } catch (IOException e) {
      throw new RemoteException(
          "expected JSON from %s, found something else: is this an nnsight4j server?"
              .formatted(server),
          e);
    }
  }

  static RemoteProblem problem(byte[] body, int status) {
    JsonNode json;
    try {
      json = MAPPER.readTree(body);
    } catch (IOException e) {
      json = MAPPER.createObjectNode();
    }
    return RemoteProblem.of(json == null ? MAPPER.createObjectNode() : json, status);
  }

  static JsonNode parse(String text) {
    try {
      return MAPPER.readTree(text);
    } catch (IOException e) {
      throw new RemoteException("expected JSON from the server, found: " + text, e);
    }
  }

  /** A server that is not trusted, or has no TLS, will not be different in two minutes. */
  private void refuseStranger(IOException failure) {
    for (Throwable cause = failure; cause != null; cause = cause.getCause()) {
      if (cause instanceof SSLException
          && String.valueOf(cause.getMessage()).contains("plaintext")) {
        throw new RemoteException(
            "expected https at %s, found something else; does the server have http?"
                .formatted(server),
            failure);
      }
      if (cause instanceof CertificateException) {
        throw new RemoteException(
            "expected %s to show a certificate that is trusted here and has its name, found: %s; give its certificate to RemoteServer.trusting, or use the name that is in it"
                .formatted(server, cause.getMessage()),
            failure);
      }
    }
  }

  RemoteException unreachable(IOException failure) {
    return new RemoteException(
        "cannot reach %s for %s s: %s; jobs that were accepted go on there, find them again by their id"
            .formatted(server, PATIENCE.toSeconds(), said(failure)),
        failure);
  }

  static RemoteException interrupted(InterruptedException e) {
    Thread.currentThread().interrupt();
    return new RemoteException(
        "this thread was interrupted while it waited; the job goes on at the server", e);
  }

  /** Waits before the request is sent again. */
  void pause(String why, long millis) {
    watcher.waiting("waiting for " + server + ": " + why, Duration.ofMillis(millis));
    try {
      Thread.sleep(millis);
    } catch (InterruptedException e) {
      throw interrupted(e);
    }
  }

  /** The time at which to give up on a server that cannot be reached from now on. */
  static long patienceEnds() {
    return System.nanoTime() + PATIENCE.toNanos();
  }
}
