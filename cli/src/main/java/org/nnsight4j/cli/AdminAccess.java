package org.nnsight4j.cli;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.MissingNode;
import java.io.IOException;
import java.net.URI;
import java.net.URLEncoder;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.remote.Loopback;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Spec;

/** Which server an administrator talks to, and with which key. */
final class AdminAccess {
  private static final String KEY = "NNSIGHT4J_ADMIN_KEY";
  private static final Duration ANSWER = Duration.ofSeconds(60);
  private static final ObjectMapper MAPPER = new ObjectMapper();

  @Option(
      names = "--server",
      paramLabel = "URL",
      defaultValue = "http://127.0.0.1:8081",
      description = "The server's address for administration. Default: ${DEFAULT-VALUE}")
  private String server;

  @Option(
      names = "--key-file",
      paramLabel = "FILE",
      description =
          "Holds the key of an administrator; without it, the key is in the variable "
              + KEY
              + " of the environment.")
  private @Nullable Path keyFile;

  @Spec(Spec.Target.MIXEE)
  private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  AdminAccess() {}

  /** Sends a request and returns the JSON of the answer; missing if it has none. */
  JsonNode send(String method, String path, @Nullable JsonNode body)
      throws IOException, InterruptedException {
    HttpRequest request =
        HttpRequest.newBuilder(address(path))
            .timeout(ANSWER)
            .header("Authorization", "Bearer " + key())
            .method(
                method,
                body == null
                    ? HttpRequest.BodyPublishers.noBody()
                    : HttpRequest.BodyPublishers.ofString(body.toString()))
            .build();
    HttpResponse<String> response;
    try {
      response =
          HttpClient.newBuilder()
              .connectTimeout(Duration.ofSeconds(10))
              .build()
              .send(request, HttpResponse.BodyHandlers.ofString());
    } catch (IOException e) {
      throw new IOException(
          "expected a server at %s, found none: %s; --server says where it is"
              .formatted(server, e.getMessage() == null ? "nobody listens there" : e.getMessage()),
          e);
    }
    JsonNode json = parsed(response.body());
    if (response.statusCode() >= 400) {
      throw new IOException(
          "the server answered %s: %s"
              .formatted(
                  response.statusCode(), Shown.line(json.path("detail").asText("no reason"))));
    }
    return json;
  }

  private static JsonNode parsed(String body) {
    try {
      return body.isEmpty() ? MissingNode.getInstance() : MAPPER.readTree(body);
    } catch (IOException e) {
      return MissingNode.getInstance();
    }
  }

  /** Where this path is; the key must not travel in the clear. */
  private URI address(String path) {
    try {
      URI uri = URI.create(server.replaceFirst("/$", ""));
      boolean secure = "https".equals(uri.getScheme());
      if (uri.getHost() != null
          && (secure || ("http".equals(uri.getScheme()) && Loopback.is(uri.getHost())))) {
        return URI.create(uri + path);
      }
    } catch (IllegalArgumentException e) {
      // Said below.
    }
    throw new ParameterException(
        spec.commandLine(),
        "--server: expected an address like http://127.0.0.1:8081, or https for another machine, found '%s'"
            .formatted(server));
  }

  private String key() throws IOException {
    String key = keyFile == null ? System.getenv(KEY) : Files.readString(keyFile);
    String plain = key == null ? "" : key.strip();
    if (!plain.matches("[\\x21-\\x7e]+")) {
      // The value is not shown: it is a secret.
      throw new ParameterException(
          spec.commandLine(),
          "expected the key of an administrator in %s, or in the file that --key-file names, found %s"
              .formatted(KEY, plain.isEmpty() ? "none" : "something that is no key"));
    }
    return plain;
  }

  /** A text as a part of a path or query. */
  static String encoded(String text) {
    return URLEncoder.encode(text, StandardCharsets.UTF_8).replace("+", "%20");
  }
}
