package org.nnsight4j.server.testing;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Clock;
import java.time.Duration;
import java.util.List;
import java.util.function.LongSupplier;
import java.util.function.UnaryOperator;
import org.nnsight4j.server.NnsightServer;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.options.Limit;
import org.nnsight4j.server.options.Limits;
import org.nnsight4j.server.options.Listen;
import org.nnsight4j.server.options.ServerOptions;
import org.nnsight4j.server.store.ApiKeys.Role;

/** A server with the test model, and short words to talk to it. */
public final class TestServer implements AutoCloseable {
  public static final Listen ANY_PORT = new Listen("127.0.0.1", 0, "127.0.0.1", 0, null, false);

  /** Small, and over before better code is compiled. */
  public static final List<String> WORKER_JVM =
      List.of("-Xmx64m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC");

  private static final ObjectMapper MAPPER = new ObjectMapper();

  public final NnsightServer server;
  public final HttpClient http = HttpClient.newHttpClient();
  public final String admin;
  public final String alice;
  public final String bob;

  private final String data;

  private TestServer(ServerOptions options, Clock wall, LongSupplier nanos) throws Exception {
    data = options.data().toString();
    server = NnsightServer.start(options, wall, nanos);
    admin = key("root", Role.ADMIN);
    alice = key("alice", Role.USER);
    bob = key("bob", Role.USER);
  }

  /** In this process, with two workers in it. */
  public static TestServer start(Path data) throws Exception {
    return start(data, options -> options);
  }

  public static TestServer start(Path data, UnaryOperator<ServerOptions> change) throws Exception {
    return start(data, change, Clock.systemUTC(), System::nanoTime);
  }

  public static TestServer start(
      Path data, UnaryOperator<ServerOptions> change, Clock wall, LongSupplier nanos)
      throws Exception {
    ServerOptions options =
        ServerOptions.local(data, List.of(new ModelSpec("m", "test", "", 2)))
            .withListen(ANY_PORT)
            .withInProcess(true)
            .withWorkerJvm(WORKER_JVM)
            .withLimits(Limits.USUAL.with(Limit.REQUESTS_PER_SECOND, 100_000));
    return new TestServer(change.apply(options), wall, nanos);
  }

  public String dataDirectory() {
    return data;
  }

  public String key(String owner, Role role) {
    return server.keys().create(owner, "test", role, Priority.INTERACTIVE, null).text();
  }

  public URI uri(String path) {
    return URI.create("http://127.0.0.1:%s%s".formatted(server.port(), path));
  }

  public URI adminUri(String path) {
    return URI.create("http://127.0.0.1:%s%s".formatted(server.adminPort(), path));
  }

  public HttpRequest.Builder request(String key, String path) {
    return HttpRequest.newBuilder(uri(path)).header("Authorization", "Bearer " + key);
  }

  public HttpResponse<byte[]> send(HttpRequest.Builder request) throws IOException {
    try {
      return http.send(
          request.timeout(Duration.ofSeconds(30)).build(), HttpResponse.BodyHandlers.ofByteArray());
    } catch (InterruptedException e) {
      throw new IOException(e);
    }
  }

  public HttpResponse<byte[]> get(String key, String path, String... headers) throws IOException {
    HttpRequest.Builder request = request(key, path);
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request);
  }

  public HttpResponse<byte[]> post(String key, String path, String body, String... headers)
      throws IOException {
    HttpRequest.Builder request =
        request(key, path).POST(HttpRequest.BodyPublishers.ofString(body));
    if (headers.length > 0) {
      request.headers(headers);
    }
    return send(request);
  }

  /** What administration answers to the administrator. */
  public HttpResponse<byte[]> administer(String method, String path) throws IOException {
    return send(
        HttpRequest.newBuilder(adminUri(path))
            .header("Authorization", "Bearer " + admin)
            .method(method, HttpRequest.BodyPublishers.noBody()));
  }

  /** One number of the metrics; NaN if there is none of this name. */
  public double metric(String name) throws IOException {
    String all =
        new String(
            send(HttpRequest.newBuilder(adminUri("/metrics"))).body(), StandardCharsets.UTF_8);
    return all.lines()
        .filter(line -> line.startsWith(name + " "))
        .mapToDouble(line -> Double.parseDouble(line.substring(name.length() + 1)))
        .findFirst()
        .orElse(Double.NaN);
  }

  /** The status and the body of /readyz. */
  public String ready() throws IOException {
    HttpResponse<byte[]> response = send(HttpRequest.newBuilder(uri("/readyz")));
    return response.statusCode() + " " + new String(response.body(), StandardCharsets.UTF_8);
  }

  /** Waits until /readyz says this. */
  public void untilReady(String text) throws Exception {
    for (int i = 0; i < 1000; i++) {
      if (ready().contains(text)) {
        return;
      }
      Thread.sleep(20);
    }
    throw new AssertionError("expected '%s' from /readyz, found %s".formatted(text, ready()));
  }

  /** Pauses or resumes the test model. */
  public void model(String action) throws IOException {
    HttpResponse<byte[]> response = administer("POST", "/admin/models/m/" + action);
    if (response.statusCode() != 204) {
      throw new AssertionError(
          response.statusCode() + " " + new String(response.body(), StandardCharsets.UTF_8));
    }
  }

  /** Sends a request that must be accepted; returns the id. */
  public String submit(String key, String body) throws IOException {
    HttpResponse<byte[]> response = post(key, "/v1/jobs?model=m", body);
    if (response.statusCode() != 202) {
      throw new AssertionError(
          response.statusCode() + " " + new String(response.body(), StandardCharsets.UTF_8));
    }
    return json(response).get("id").asText();
  }

  public JsonNode job(String key, String id) throws IOException {
    return json(get(key, "/v1/jobs/" + id));
  }

  /** Waits until the job has ended. */
  public JsonNode ended(String key, String id) throws Exception {
    for (int i = 0; i < 3000; i++) {
      JsonNode job = job(key, id);
      if (List.of("COMPLETED", "ERROR", "CANCELLED").contains(job.get("status").asText())) {
        return job;
      }
      Thread.sleep(10);
    }
    throw new AssertionError("the job did not end: " + job(key, id));
  }

  public JsonNode until(String key, String id, String status) throws Exception {
    for (int i = 0; i < 1000; i++) {
      JsonNode job = job(key, id);
      if (job.get("status").asText().equals(status)) {
        return job;
      }
      Thread.sleep(10);
    }
    throw new AssertionError("the job did not become %s: %s".formatted(status, job(key, id)));
  }

  public static JsonNode json(HttpResponse<byte[]> response) throws IOException {
    return MAPPER.readTree(response.body());
  }

  @Override
  public void close() {
    server.close();
  }
}
