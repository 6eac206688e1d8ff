package org.nnsight4j.toolkit.browser;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.BufferedReader;
import java.io.File;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.net.http.WebSocket;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * A headless Chromium without a network, driven by the protocol of its developer tools over a
 * WebSocket of the JDK, so that no driver is needed.
 */
final class Chromium implements AutoCloseable {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final String LISTENING = "DevTools listening on ";
  private static final List<String> NAMES =
      List.of("chromium", "chromium-browser", "google-chrome", "google-chrome-stable");

  private final Process process;
  private final WebSocket socket;
  private final AtomicInteger next = new AtomicInteger();
  private final Map<Integer, CompletableFuture<JsonNode>> asked = new ConcurrentHashMap<>();
  private final List<JsonNode> events = new CopyOnWriteArrayList<>();

  /** Where a browser is: NNSIGHT4J_CHROMIUM names one, otherwise the PATH is searched. */
  static Optional<Path> find() {
    @Nullable String own = System.getenv("NNSIGHT4J_CHROMIUM");
    if (own != null) {
      return Optional.of(Path.of(own));
    }
    return Stream.of(System.getenv().getOrDefault("PATH", "").split(File.pathSeparator))
        .flatMap(folder -> NAMES.stream().map(name -> Path.of(folder, name)))
        .filter(Files::isExecutable)
        .findFirst();
  }

  Chromium(Path program, Path profile) throws Exception {
    process =
        new ProcessBuilder(
                program.toString(),
                "--headless=new",
                "--no-sandbox",
                "--disable-gpu",
                "--no-first-run",
                "--disable-background-networking",
                "--disable-component-update",
                "--disable-sync",
                "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
                "--remote-debugging-port=0",
                "--user-data-dir=" + profile,
                "about:blank")
            .redirectOutput(ProcessBuilder.Redirect.DISCARD)
            .start();
    int port = URI.create(listening()).getPort();
    HttpClient client = HttpClient.newHttpClient();
    socket =
        client
            .newWebSocketBuilder()
            .buildAsync(page(client, port), new Listener())
            .get(30, TimeUnit.SECONDS);
    for (String domain : List.of("Page", "Runtime", "Log", "Network")) {
      call(domain + ".enable", json -> {});
    }
    call("Emulation.setFocusEmulationEnabled", json -> json.put("enabled", true));
  }

  private String listening() throws IOException {
    BufferedReader errors =
        new BufferedReader(new InputStreamReader(process.getErrorStream(), StandardCharsets.UTF_8));
    List<String> seen = new ArrayList<>();
    String line;
    while ((line = errors.readLine()) != null) {
      if (line.startsWith(LISTENING)) {
        Thread rest =
            new Thread(
                () -> {
                  try {
                    while (errors.readLine() != null) {
                      // A full pipe would stop the browser.
                    }
                  } catch (IOException e) {
                    // The browser is over.
                  }
                });
        rest.setDaemon(true);
        rest.start();
        return line.substring(LISTENING.length());
      }
      seen.add(line);
    }
    throw new IOException("the browser did not start: " + seen);
  }

  private static URI page(HttpClient client, int port) throws Exception {
    HttpRequest request =
        HttpRequest.newBuilder(URI.create("http://127.0.0.1:" + port + "/json/list"))
            .timeout(Duration.ofSeconds(30))
            .build();
    for (int tries = 0; tries < 100; tries++) {
      for (JsonNode each :
          JSON.readTree(client.send(request, HttpResponse.BodyHandlers.ofString()).body())) {
        if (each.get("type").asText().equals("page")) {
          return URI.create(each.get("webSocketDebuggerUrl").asText());
        }
      }
      Thread.sleep(50);
    }
    throw new IOException("the browser has no page");
  }

  private final class Listener implements WebSocket.Listener {
    private final StringBuilder text = new StringBuilder();

    @Override
    public @Nullable CompletionStage<?> onText(WebSocket from, CharSequence part, boolean last) {
      text.append(part);
      if (last) {
        try {
          JsonNode message = JSON.readTree(text.toString());
          JsonNode id = message.get("id");
          CompletableFuture<JsonNode> answer = id == null ? null : asked.remove(id.asInt());
          if (answer == null) {
            events.add(message);
          } else {
            answer.complete(message);
          }
        } catch (IOException e) {
          asked.values().forEach(each -> each.completeExceptionally(e));
        }
        text.setLength(0);
      }
      from.request(1);
      return null;
    }
  }

  JsonNode call(String method, Consumer<ObjectNode> parameters) throws Exception {
    int id = next.incrementAndGet();
    ObjectNode message = JSON.createObjectNode().put("id", id).put("method", method);
    parameters.accept(message.putObject("params"));
    CompletableFuture<JsonNode> answer = new CompletableFuture<>();
    asked.put(id, answer);
    socket.sendText(message.toString(), true).get(30, TimeUnit.SECONDS);
    JsonNode found = answer.get(30, TimeUnit.SECONDS);
    if (found.has("error")) {
      throw new IOException(method + ": " + found.get("error"));
    }
    return found.get("result");
  }

  /** Opens a file, and waits until it is loaded. */
  void open(Path file, int width, int height, boolean dark) throws Exception {
    events.clear();
    call(
        "Emulation.setDeviceMetricsOverride",
        json ->
            json.put("width", width)
                .put("height", height)
                .put("deviceScaleFactor", 1)
                .put("mobile", false));
    call(
        "Emulation.setEmulatedMedia",
        json ->
            json.putArray("features")
                .addObject()
                .put("name", "prefers-color-scheme")
                .put("value", dark ? "dark" : "light"));
    call("Page.navigate", json -> json.put("url", file.toUri().toString()));
    for (int tries = 0; tries < 600; tries++) {
      if (happened("Page.loadEventFired").findAny().isPresent()) {
        return;
      }
      Thread.sleep(20);
    }
    throw new IOException(file + " was not loaded");
  }

  private Stream<JsonNode> happened(String method) {
    return events.stream().filter(event -> event.path("method").asText().equals(method));
  }

  /** Errors of scripts, and what the browser itself complained about. */
  List<String> errors() {
    return Stream.concat(
            happened("Runtime.exceptionThrown"),
            Stream.concat(
                happened("Log.entryAdded"),
                happened("Runtime.consoleAPICalled")
                    .filter(event -> event.at("/params/type").asText().equals("error"))))
        .map(JsonNode::toString)
        .toList();
  }

  /** All that the page asked for. */
  List<String> requests() {
    return happened("Network.requestWillBeSent")
        .map(event -> event.at("/params/request/url").asText())
        .toList();
  }

  /** What an expression is in the page. */
  JsonNode evaluate(String expression) throws Exception {
    JsonNode found =
        call(
            "Runtime.evaluate",
            json -> json.put("expression", expression).put("returnByValue", true));
    if (found.has("exceptionDetails")) {
      throw new IOException(found.get("exceptionDetails").toString());
    }
    return Objects.requireNonNullElse(found.at("/result/value"), found);
  }

  void move(double x, double y) throws Exception {
    call(
        "Input.dispatchMouseEvent", json -> json.put("type", "mouseMoved").put("x", x).put("y", y));
  }

  void key(String name) throws Exception {
    for (String type : List.of("keyDown", "keyUp")) {
      call("Input.dispatchKeyEvent", json -> json.put("type", type).put("key", name));
    }
  }

  byte[] screenshot() throws Exception {
    return Base64.getDecoder()
        .decode(
            call("Page.captureScreenshot", json -> json.put("format", "png")).get("data").asText());
  }

  @Override
  public void close() throws Exception {
    socket.abort();
    process.descendants().forEach(ProcessHandle::destroy);
    process.destroy();
    if (!process.waitFor(10, TimeUnit.SECONDS)) {
      process.destroyForcibly();
    }
  }
}
