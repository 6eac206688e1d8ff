package org.nnsight4j.cli;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.Writer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.MessageDigest;
import java.security.NoSuchAlgorithmException;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.CopyOnWriteArrayList;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;

/** The commands take names of a hub; those of a test in a process with an environment. */
final class HubModelTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";
  private static final String EIFFEL = "The Eiffel Tower is in the city of";

  private final List<String> seen = new CopyOnWriteArrayList<>();
  private final Map<String, String> environment = new TreeMap<>();
  private HttpServer hub;
  private @Nullable Process process;
  private BufferedReader answers;
  private String out = "";
  private String err = "";

  @TempDir private Path folder;

  @BeforeEach
  void start() throws IOException {
    hub = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    hub.createContext("/", this::answer);
    hub.start();
    environment.put("HF_HUB_CACHE", folder.resolve("cache").toString());
    environment.put("HF_ENDPOINT", "http://127.0.0.1:" + hub.getAddress().getPort());
  }

  @AfterEach
  void stop() {
    hub.stop(0);
    if (process != null) {
      process.destroyForcibly();
    }
  }

  private void answer(HttpExchange exchange) throws IOException {
    String path = exchange.getRequestURI().getPath();
    String file = path.substring(path.lastIndexOf('/') + 1);
    seen.add(exchange.getRequestMethod() + " " + file);
    Path found = EmbeddedGpt2.directory().resolve(file);
    if (!path.startsWith("/org/tiny/") || !Files.isRegularFile(found)) {
      exchange
          .getResponseHeaders()
          .set("X-Error-Code", path.startsWith("/org/tiny/") ? "EntryNotFound" : "RepoNotFound");
      exchange.sendResponseHeaders(path.startsWith("/org/tiny/") ? 404 : 401, -1);
      exchange.close();
      return;
    }
    byte[] content = Files.readAllBytes(found);
    exchange.getResponseHeaders().set("X-Repo-Commit", COMMIT);
    exchange.getResponseHeaders().set("ETag", "\"" + sha256(content) + "\"");
    exchange.getResponseHeaders().set("Content-Length", "" + content.length);
    boolean head = exchange.getRequestMethod().equals("HEAD");
    exchange.sendResponseHeaders(200, head ? -1 : content.length);
    if (!head) {
      exchange.getResponseBody().write(content);
    }
    exchange.close();
  }

  private static String sha256(byte[] content) {
    try {
      return HexFormat.of().formatHex(MessageDigest.getInstance("SHA-256").digest(content));
    } catch (NoSuchAlgorithmException e) {
      throw new AssertionError(e);
    }
  }

  private int execute(String... arguments) throws Exception {
    if (process == null) {
      ProcessBuilder builder =
          new ProcessBuilder(
                  Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                  "-Dai.djl.offline=true",
                  "-Xmx512m",
                  "-XX:TieredStopAtLevel=1",
                  "-XX:+UseSerialGC",
                  "-cp",
                  System.getProperty("java.class.path"),
                  CommandCalls.class.getName())
              .directory(folder.toFile())
              .redirectError(folder.resolve("log").toFile());
      builder.environment().putAll(environment);
      process = builder.start();
      answers = process.inputReader(StandardCharsets.UTF_8);
    }
    Writer calls = process.outputWriter(StandardCharsets.UTF_8);
    calls.write(String.join("\t", arguments) + "\n");
    calls.flush();
    String answer = answers.readLine();
    assertWithMessage(Files.readString(folder.resolve("log"))).that(answer).isNotNull();
    String[] parts = answer.split(" ", -1);
    out = decoded(parts[1]);
    err = decoded(parts[2]);
    return Integer.parseInt(parts[0]);
  }

  private static String decoded(String text) {
    return new String(Base64.getDecoder().decode(text), StandardCharsets.UTF_8);
  }

  private void succeeds(String... arguments) throws Exception {
    int code = execute(arguments);
    assertWithMessage(err).that(code).isEqualTo(0);
  }

  @Test
  void downloadsOnceAndThenNeedsNoHub() throws Exception {
    String snapshot =
        folder.resolve("cache/models--org--tiny/snapshots").resolve(COMMIT).toString();
    succeeds("describe", "--model", "org/tiny");
    assertThat(out).contains("gpt2: ");
    assertThat(out).contains("no weights in this directory: the shapes follow from config.json");
    assertThat(seen).doesNotContain("GET model.safetensors");

    succeeds("run", "--model", "org/tiny", "--max-new-tokens", "1", EIFFEL);
    assertThat(out.strip()).isEqualTo(EIFFEL + " Paris");
    assertThat(err).contains("nnsight4j: org/tiny: the hub's model, from the cache " + snapshot);
    assertThat(seen).contains("GET model.safetensors");

    hub.stop(0);
    succeeds("lens", "--model", "org/tiny@" + COMMIT, EIFFEL);
    assertThat(out).contains("_Eiffel");
    Path values = folder.resolve("values.safetensors");
    succeeds("cache", "--model", "hub:org/tiny", "--out", values.toString(), EIFFEL);
    assertThat(Files.size(values)).isGreaterThan(1000);
  }

  @Test
  void aModelThatTheHubLacks() throws Exception {
    assertThat(execute("run", "--model", "org/none", "a")).isEqualTo(1);
    assertThat(err)
        .startsWith(
            "nnsight4j: there is no directory org/none here, and as a model of the hub: http://127.0.0.1:");
    assertThat(err).contains("has no model org/none, or it is private: check the name");
    assertThat(err.lines().count()).isEqualTo(1);
    assertThat(execute("serve", "--data", "d", "--model", "x=org/none")).isEqualTo(1);
    assertThat(err).contains("has no model org/none");
  }

  @Test
  void aDirectoryOfTheSameName() throws Exception {
    Path here = Files.createDirectories(folder.resolve("org/tiny"));
    assertThat(execute("describe", "org/tiny")).isEqualTo(2);
    assertThat(err)
        .contains(
            "org/tiny is a directory here, and a model of the hub could have this name; write ./org/tiny or hub:org/tiny");
    Files.copy(EmbeddedGpt2.directory().resolve("config.json"), here.resolve("config.json"));
    succeeds("describe", "org/tiny");
    assertThat(err)
        .isEqualTo(
            "nnsight4j: CHECKPOINT: the directory %s; hub:org/tiny is the model of the hub%n"
                .formatted(here));
    assertThat(seen).isEmpty();
    succeeds("describe", "hub:org/tiny");
    assertThat(seen).isNotEmpty();
    assertThat(execute("describe", "org/tiny")).isEqualTo(2);
    assertThat(err)
        .contains("could have this name, which is in the cache; write ./org/tiny or hub:");
    succeeds("describe", "./org/tiny");
    assertThat(err).isEmpty();
  }
}
