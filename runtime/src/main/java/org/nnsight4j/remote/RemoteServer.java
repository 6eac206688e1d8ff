package org.nnsight4j.remote;

import com.fasterxml.jackson.databind.JsonNode;
import java.net.URI;
import java.net.URISyntaxException;
import java.net.URLEncoder;
import java.net.http.HttpRequest;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Objects;
import java.util.UUID;
import javax.net.ssl.SSLContext;

/** A server and a key for it. */
public final class RemoteServer {
  /** A longer wait gains nothing: then the events of the job are followed. */
  private static final int WAIT_SECONDS = 2;

  private final Api api;

  private RemoteServer(Api api) {
    this.api = api;
  }

  /**
   * A server. Blocking calls print the state of their jobs to standard error; {@link #watchedBy}
   * changes that. Nothing is sent yet.
   *
   * @param address for example {@code http://127.0.0.1:8080}
   * @param apiKey the key from the operator of the server
   * @throws RemoteException if the key would travel unencrypted to another machine
   */
  public static RemoteServer at(String address, String apiKey) {
    Objects.requireNonNull(address, "address is null; give one like http://127.0.0.1:8080");
    Objects.requireNonNull(apiKey, "apiKey is null; the operator of the server makes keys");
    URI uri = parse(address);
    String key = apiKey.strip();
    if (!key.matches("[\\x21-\\x7e]+")) {
      // The value is not shown: it is a secret.
      throw new RemoteException(
          "expected an API key of visible ASCII characters, as the operator of the server gave it, found %s"
              .formatted(key.isEmpty() ? "nothing" : "one with others in it"));
    }
    if (uri.getScheme().equals("http") && !Loopback.is(uri.getHost())) {
      throw new RemoteException(
          "expected https for %s, found http: others on the way could read the key; use the server's https address, or localhost, 127.0.0.1 or [::1] for one on this machine"
              .formatted(uri.getHost()));
    }
    return new RemoteServer(new Api(uri, key, StatusLine.standardError()));
  }

  private static URI parse(String address) {
    try {
      URI uri = URI.create(address);
      String scheme = Objects.requireNonNullElse(uri.getScheme(), "").toLowerCase(Locale.ROOT);
      if (uri.getHost() != null
          // What comes before an @ may look like the host, but is not: http://127.0.0.1@example.org
          && uri.getUserInfo() == null
          && uri.getPort() <= 65_535
          && List.of("http", "https").contains(scheme)
          && List.of("", "/").contains(uri.getPath())
          && uri.getQuery() == null
          && uri.getFragment() == null) {
        return new URI(scheme, null, uri.getHost(), uri.getPort(), "", null, null);
      }
    } catch (IllegalArgumentException | URISyntaxException e) {
      // Reported below.
    }
    throw new RemoteException(
        "expected the address of a server like http://127.0.0.1:8080, without a path, a user and anything else, found '%s'"
            .formatted(address));
  }

  /**
   * The same server, if it presents one of these certificates, or one that they signed; the
   * certificates that Java trusts no longer count. For servers with a self-signed certificate.
   *
   * @param certificates a file of certificates in PEM format, as written by {@code keytool
   *     -exportcert -rfc}
   * @throws RemoteException if the file contains none
   */
  public RemoteServer trusting(Path certificates) {
    Objects.requireNonNull(certificates, "certificates is null; give a file of them in PEM");
    return trusting(Trust.only(certificates));
  }

  /**
   * The same server, with the trusted certificates, and perhaps the client certificate, of a
   * context.
   */
  public RemoteServer trusting(SSLContext context) {
    Objects.requireNonNull(context, "context is null; SSLContext.getDefault() is Java's own");
    return new RemoteServer(api.trusting(context));
  }

  /** The same server, with another watcher of jobs. */
  public RemoteServer watchedBy(Watcher other) {
    Objects.requireNonNull(other, "watcher is null; Watcher.SILENT hears nothing");
    return new RemoteServer(api.watchedBy(other));
  }

  /** The same server, but nothing is printed. */
  public RemoteServer quiet() {
    return watchedBy(Watcher.SILENT);
  }

  public List<RemoteModel> models() {
    List<RemoteModel> models = new ArrayList<>();
    api.get("/v1/models").path("models").forEach(json -> models.add(RemoteModel.of(json)));
    return List.copyOf(models);
  }

  public RemoteModel model(String name) {
    return RemoteModel.of(api.get("/v1/models/" + encoded(name)));
  }

  /**
   * Sends a job: when this returns, it is on the server's disk.
   *
   * @param body a request that the model's kind understands
   * @throws RemoteException if the server refuses it
   */
  public Job submit(String model, byte[] body, SubmitOptions options) {
    return job(api.json(post(model, body, options).build()).path("id").asText());
  }

  /**
   * Sends a job like {@link #submit}, but waits a moment for its end: then a short run with a small
   * result takes one request. A job that takes longer, or a server that does not wait, changes
   * nothing for the caller: what is still missing is fetched when it is asked for.
   *
   * @param body a request that the model's kind understands
   * @throws RemoteException if the server refuses it
   */
  public Job submitAndWait(String model, byte[] body, SubmitOptions options) {
    HttpRequest request =
        post(model, body, options)
            .header("Prefer", "wait=" + WAIT_SECONDS)
            .header("Accept", Parts.TYPE + ", application/json, application/problem+json")
            .build();
    return api.jobWithResult(request);
  }

  private HttpRequest.Builder post(String model, byte[] body, SubmitOptions options) {
    Objects.requireNonNull(body, "body is null; RunRequest.toBytes() gives one");
    Objects.requireNonNull(options, "options are null; there is SubmitOptions.defaults()");
    StringBuilder path =
        new StringBuilder("/v1/jobs?model=")
            .append(encoded(model))
            .append("&priority=")
            .append(options.priority().label());
    if (options.timeLimit() != null) {
      path.append("&timeLimit=").append(options.timeLimit().toSeconds());
    }
    return api.request(path.toString())
        .header(
            "Idempotency-Key",
            Objects.requireNonNullElseGet(
                options.idempotencyKey(), () -> UUID.randomUUID().toString()))
        .header("Content-Type", "application/octet-stream")
        .POST(HttpRequest.BodyPublishers.ofByteArray(body));
  }

  /** A job that was sent before, by this or another process. No request is sent yet. */
  public Job job(String id) {
    Objects.requireNonNull(id, "id is null; Job.id() gives it");
    if (!id.matches("[0-9a-f-]{36}")) {
      throw new RemoteException(
          "expected the id of a job, as Job.id() gives it, found '%s'".formatted(id));
    }
    return new Job(api, id);
  }

  /** The newest jobs of this key's owner, newest first. */
  public List<JobInfo> jobs() {
    List<JobInfo> jobs = new ArrayList<>();
    for (JsonNode json : api.get("/v1/jobs").path("jobs")) {
      jobs.add(JobInfo.of(json));
    }
    return List.copyOf(jobs);
  }

  private static String encoded(String model) {
    Objects.requireNonNull(model, "model is null; models() lists their names");
    if (model.isBlank()) {
      throw new RemoteException("expected the name of a model, found nothing; models() lists them");
    }
    return URLEncoder.encode(model, StandardCharsets.UTF_8).replace("+", "%20");
  }

  @Override
  public String toString() {
    return "server at " + api.server();
  }
}
