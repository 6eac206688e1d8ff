package org.nnsight4j.internal.hub;

import java.io.IOException;
import java.io.InputStream;
import java.net.ConnectException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpHeaders;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.channels.UnresolvedAddressException;
import java.nio.charset.StandardCharsets;
import java.util.Objects;
import java.util.Optional;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;

/** An HTTP client for a hub. It sends the token only to the hub, wherever an answer redirects. */
final class HubClient {
  private static final int MOST_REDIRECTS = 10;
  private static final Pattern PLAIN_ETAG = Pattern.compile("\\w[\\w.-]{0,199}");

  private final HubName name;
  private final HubSettings settings;
  private final Patience.Sleeper sleeper;
  private final HttpClient http;

  HubClient(HubName name, HubSettings settings, Patience.Sleeper sleeper) {
    this.name = name;
    this.settings = settings;
    this.sleeper = sleeper;
    // This class follows redirects itself: Java's client would send the token along.
    this.http =
        HttpClient.newBuilder()
            .followRedirects(HttpClient.Redirect.NEVER)
            .connectTimeout(settings.silence())
            .proxy(settings.proxies())
            .build();
  }

  /**
   * What the hub says about a file.
   *
   * @param etag SHA-256 of a large file, Git's SHA-1 of a small one
   * @param size -1 if it does not say
   */
  record Metadata(String file, String commit, String etag, long size) {}

  /** An unsuccessful answer. */
  static final class Unreachable extends Exception {
    private static final long serialVersionUID = 1L;

    Unreachable(String message, @Nullable Throwable cause) {
      super(message, cause);
    }
  }

  Patience.Sleeper sleeper() {
    return sleeper;
  }

  HubSettings settings() {
    return settings;
  }

  HubName name() {
    return name;
  }

  /**
   * Requests the metadata of a file, without its bytes.
   *
   * @return empty if the revision has no such file
   * @throws CheckpointException if the hub refuses
   * @throws Unreachable if there is no answer
   */
  Optional<Metadata> metadata(String revision, String file, Patience patience) throws Unreachable {
    while (true) {
      HttpResponse<Void> answer;
      try {
        answer = head(address(revision, file));
      } catch (IOException e) {
        if (isHopeless(e) || !patience.waits(said(file, e))) {
          throw new Unreachable(said(file, e), e);
        }
        continue;
      }
      int status = answer.statusCode();
      if (status == 200 || status / 100 == 3) {
        return Optional.of(metadata(file, answer));
      }
      if (status == 404 && HubRefusal.isNoEntry(answer.headers())) {
        return Optional.empty();
      }
      String why = "%s answers %s for %s".formatted(settings.endpoint(), status, file);
      if (!Patience.isTransient(status)) {
        throw HubRefusal.of(this, file, answer);
      }
      if (!patience.waits(why, answer)) {
        throw new Unreachable(why, null);
      }
    }
  }

  private HttpResponse<Void> head(URI first) throws IOException {
    URI address = first;
    for (int i = 0; i < MOST_REDIRECTS; i++) {
      HttpResponse<Void> answer =
          send(
              request(address).method("HEAD", HttpRequest.BodyPublishers.noBody()).build(),
              BodyHandlers.discarding());
      @Nullable URI next = redirect(address, answer);
      // Another host has the bytes, but not the hub's metadata.
      if (next == null || !settings.isHub(next)) {
        return answer;
      }
      address = next;
    }
    throw new IOException("more than %s redirects from %s".formatted(MOST_REDIRECTS, first));
  }

  private Metadata metadata(String file, HttpResponse<?> answer) {
    HttpHeaders headers = answer.headers();
    String commit = headers.firstValue("X-Repo-Commit").orElse("");
    String etag =
        headers
            .firstValue("X-Linked-Etag")
            .or(() -> headers.firstValue("ETag"))
            .orElse("")
            .replaceFirst("^W/", "")
            .replace("\"", "");
    if (!HubName.isCommit(commit) || !PLAIN_ETAG.matcher(etag).matches()) {
      throw new CheckpointException(
          "%s answers for %s of %s without the commit (X-Repo-Commit) and the hash (ETag) of a hub; is HF_ENDPOINT right, or is there a proxy between?"
              .formatted(settings.endpoint(), file, name));
    }
    long size = headers.firstValueAsLong("X-Linked-Size").orElse(-1);
    if (size < 0 && answer.statusCode() == 200) {
      size = headers.firstValueAsLong("Content-Length").orElse(-1);
    }
    return new Metadata(file, commit, etag, size);
  }

  /** Requests a file from a given byte on; returns any answer. */
  HttpResponse<InputStream> get(String commit, String file, long from) throws IOException {
    URI address = address(commit, file);
    for (int i = 0; i < MOST_REDIRECTS; i++) {
      HttpRequest.Builder request = request(address);
      if (from > 0) {
        request.header("Range", "bytes=%s-".formatted(from));
      }
      HttpResponse<InputStream> answer = send(request.build(), BodyHandlers.ofInputStream());
      @Nullable URI next = redirect(address, answer);
      if (next == null) {
        return answer;
      }
      answer.body().close();
      address = next;
    }
    throw new IOException("more than %s redirects for %s".formatted(MOST_REDIRECTS, file));
  }

  private HttpRequest.Builder request(URI address) {
    HttpRequest.Builder request =
        HttpRequest.newBuilder(address)
            .timeout(settings.silence())
            .header("User-Agent", "nnsight4j")
            // Otherwise the size may be that of compressed content.
            .header("Accept-Encoding", "identity");
    settings
        .proxies()
        .authorization(address)
        .ifPresent(who -> request.header("Proxy-Authorization", who));
    @Nullable String token = settings.token();
    if (token != null && settings.isHub(address)) {
      request.header("Authorization", "Bearer " + token);
    }
    return request;
  }

  private <T> HttpResponse<T> send(HttpRequest request, HttpResponse.BodyHandler<T> body)
      throws IOException {
    try {
      return http.send(request, body);
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
      throw new CheckpointException(
          "%s: interrupted while waiting for %s".formatted(name, request.uri().getHost()), e);
    }
  }

  private static @Nullable URI redirect(URI from, HttpResponse<?> answer) throws IOException {
    if (answer.statusCode() / 100 != 3) {
      return null;
    }
    String location = answer.headers().firstValue("Location").orElse("");
    URI next;
    try {
      next = from.resolve(URI.create(location));
    } catch (IllegalArgumentException e) {
      throw new IOException("a redirect to '%s', which is no address".formatted(location), e);
    }
    boolean open = "http".equalsIgnoreCase(next.getScheme());
    if (location.isEmpty()
        || next.getHost() == null
        || !open && !"https".equalsIgnoreCase(next.getScheme())
        || open && "https".equalsIgnoreCase(from.getScheme())) {
      throw new IOException(
          "a redirect from %s to '%s', which is not followed".formatted(from.getHost(), location));
    }
    return next;
  }

  private URI address(String revision, String file) {
    return URI.create(
        "%s/%s/resolve/%s/%s"
            .formatted(settings.endpoint(), path(name.id()), encoded(revision), path(file)));
  }

  private static String path(String text) {
    return encoded(text).replace("%2F", "/");
  }

  private static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }

  /** Whether an immediate retry cannot help: there is no network, or no server listens. */
  private static boolean isHopeless(IOException e) {
    for (Throwable cause = e; cause != null; cause = cause.getCause()) {
      if (cause instanceof UnresolvedAddressException) {
        return true;
      }
    }
    return e instanceof javax.net.ssl.SSLHandshakeException;
  }

  String said(String file, IOException e) {
    String words = Objects.toString(e.getMessage(), "");
    String why =
        isHopeless(e) && e instanceof ConnectException
            ? "the name of the host is not known here"
            : words.isBlank()
                ? e instanceof ConnectException
                    ? "nobody listens there"
                    : e.getClass().getSimpleName()
                : words;
    return "%s: %s cannot be fetched from %s: %s".formatted(name, file, settings.endpoint(), why);
  }
}
