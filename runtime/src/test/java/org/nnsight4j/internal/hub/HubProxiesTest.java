package org.nnsight4j.internal.hub;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpExchange;
import com.sun.net.httpserver.HttpServer;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ServerSocket;
import java.net.Socket;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Base64;
import java.util.HashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.concurrent.CopyOnWriteArrayList;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.error.CheckpointException;

/** Downloads through a proxy, which the environment or Java's properties name. */
final class HubProxiesTest {
  private static final String COMMIT = "0123456789abcdef0123456789abcdef01234567";

  /** No name server knows it, so that only a proxy can reach it. */
  private static final String HUB = "http://hub.invalid";

  @TempDir private Path cache;
  private FakeHub hub;
  private HttpServer proxy;
  private String wanted = "";
  private final List<String> asked = new CopyOnWriteArrayList<>();

  @BeforeEach
  void open() throws IOException {
    hub =
        new FakeHub()
            .revision("org/name", "main", COMMIT)
            .file("org/name", COMMIT, "config.json", "{\"model_type\": \"gpt2\"}")
            .file("org/name", COMMIT, "model.safetensors", "weights");
    proxy = HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 0);
    proxy.createContext("/", this::pass);
    proxy.start();
  }

  @AfterEach
  void close() {
    hub.close();
    proxy.stop(0);
    System.clearProperty("http.proxyHost");
    System.clearProperty("http.proxyPort");
  }

  /** Asks the fake hub what it was asked as a proxy. */
  private void pass(HttpExchange exchange) throws IOException {
    URI whole = exchange.getRequestURI();
    asked.add(exchange.getRequestMethod() + " " + whole);
    String who = exchange.getRequestHeaders().getFirst("Proxy-Authorization");
    if (!wanted.isEmpty() && !wanted.equals(who)) {
      exchange.getResponseHeaders().set("Proxy-Authenticate", "Basic realm=\"proxy\"");
      exchange.sendResponseHeaders(407, -1);
      exchange.close();
      return;
    }
    try (exchange) {
      HttpResponse<byte[]> answer =
          HttpClient.newHttpClient()
              .send(
                  HttpRequest.newBuilder(hub.endpoint().resolve(whole.getRawPath()))
                      .method(exchange.getRequestMethod(), HttpRequest.BodyPublishers.noBody())
                      .build(),
                  HttpResponse.BodyHandlers.ofByteArray());
      answer.headers().map().forEach((name, values) -> copy(exchange, name, values));
      boolean head = exchange.getRequestMethod().equals("HEAD");
      exchange.sendResponseHeaders(
          answer.statusCode(), head || answer.body().length == 0 ? -1 : answer.body().length);
      if (!head) {
        exchange.getResponseBody().write(answer.body());
      }
    } catch (InterruptedException e) {
      Thread.currentThread().interrupt();
    }
  }

  private static void copy(HttpExchange exchange, String name, List<String> values) {
    if (name.toLowerCase(Locale.ROOT).startsWith("x-") || name.equalsIgnoreCase("etag")) {
      values.forEach(value -> exchange.getResponseHeaders().add(name, value));
    } else if (name.equalsIgnoreCase("content-length")
        && exchange.getRequestMethod().equals("HEAD")) {
      exchange.getResponseHeaders().set(name, values.get(0));
    }
  }

  private HubSettings settings(String endpoint, String... environment) {
    Map<String, String> variables =
        new HashMap<>(Map.of("HF_HUB_CACHE", cache.toString(), "HF_ENDPOINT", endpoint));
    for (int i = 0; i < environment.length; i += 2) {
      variables.put(environment[i], environment[i + 1]);
    }
    return HubSettings.of(variables, cache.resolve("nobody"));
  }

  private Path download(HubSettings settings) {
    HubSnapshot snapshot =
        new HubSnapshot(
            HubName.parse("org/name"), settings, (file, bytes, size) -> {}, pause -> {});
    Path directory = snapshot.configuration();
    snapshot.weights();
    return directory;
  }

  private String address() {
    return "http://127.0.0.1:" + proxy.getAddress().getPort();
  }

  @ParameterizedTest
  @ValueSource(strings = {"HTTP_PROXY", "http_proxy", "ALL_PROXY"})
  void aVariableNamesTheProxy(String variable) throws IOException {
    Path directory = download(settings(HUB, variable, address()));
    assertThat(Files.readString(directory.resolve("model.safetensors"))).isEqualTo("weights");
    assertThat(asked).contains("GET " + HUB + "/org/name/resolve/" + COMMIT + "/model.safetensors");
  }

  @Test
  void javasPropertiesNameItToo() throws IOException {
    System.setProperty("http.proxyHost", "127.0.0.1");
    System.setProperty("http.proxyPort", Integer.toString(proxy.getAddress().getPort()));
    // They count first: nobody listens there.
    Path directory = download(settings(HUB, "HTTP_PROXY", "http://127.0.0.1:9"));
    assertThat(Files.readString(directory.resolve("model.safetensors"))).isEqualTo("weights");
    assertThat(asked).isNotEmpty();
  }

  @Test
  void itHearsTheUserThatTheAddressNames() throws IOException {
    wanted =
        "Basic " + Base64.getEncoder().encodeToString("me:pa ss".getBytes(StandardCharsets.UTF_8));
    HubSettings known =
        settings(HUB, "HTTP_PROXY", address().replace("http://", "http://me:pa%20ss@"));
    assertThat(Files.readString(download(known).resolve("model.safetensors"))).isEqualTo("weights");
  }

  @Test
  void whatIsExceptedIsAskedDirectly() {
    download(
        settings(
            hub.endpoint().toString(), "HTTP_PROXY", address(), "NO_PROXY", "x.org, 127.0.0.1"));
    assertThat(asked).isEmpty();
  }

  /** A hub by https is asked for in a tunnel, which the proxy is told the host of. */
  @Test
  void httpsIsATunnel() throws Exception {
    List<String> lines = new CopyOnWriteArrayList<>();
    try (ServerSocket door = new ServerSocket(0, 50, InetAddress.getLoopbackAddress())) {
      Thread listening =
          new Thread(
              () -> {
                while (!door.isClosed()) {
                  try (Socket caller = door.accept()) {
                    lines.add(
                        new BufferedReader(
                                new InputStreamReader(
                                    caller.getInputStream(), StandardCharsets.US_ASCII))
                            .readLine());
                    caller
                        .getOutputStream()
                        .write(
                            ("HTTP/1.1 407 No\r\nProxy-Authenticate: Basic realm=\"p\"\r\n"
                                    + "Content-Length: 0\r\n\r\n")
                                .getBytes(StandardCharsets.US_ASCII));
                  } catch (IOException e) {
                    return;
                  }
                }
              });
      listening.start();
      HubSettings settings =
          settings("https://hub.invalid", "HTTPS_PROXY", "127.0.0.1:" + door.getLocalPort());
      CheckpointException refused =
          assertThrows(CheckpointException.class, () -> download(settings));
      assertThat(refused).hasMessageThat().contains("answers 407 for config.json");
      assertThat(refused).hasMessageThat().contains("-Djdk.http.auth.tunneling.disabledSchemes=");
    }
    assertThat(lines.get(0)).isEqualTo("CONNECT hub.invalid:443 HTTP/1.1");
  }

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "https://huggingface.co/x | '' | true",
        "https://huggingface.co/x | * | false",
        "https://huggingface.co/x | huggingface.co | false",
        "https://cdn.huggingface.co/x | huggingface.co | false",
        "https://cdn.huggingface.co/x | .huggingface.co | false",
        "https://cdn.huggingface.co/x | *.huggingface.co | false",
        "https://nothuggingface.co/x | huggingface.co | true",
        "https://huggingface.co/x | other.org , HuggingFace.co | false",
        "https://huggingface.co/x | huggingface.co:443 | false",
        "https://huggingface.co/x | huggingface.co:8443 | true",
        "http://huggingface.co/x | '' | false",
      })
  void eachAddressHasItsProxy(String address, String excepted, boolean proxied) {
    HubProxies proxies =
        new HubProxies(
            Map.of("HTTPS_PROXY", "http://proxy.example.com:3128", "no_proxy", excepted));
    List<Proxy> found = proxies.select(URI.create(address));
    assertWithMessage(address).that(found.get(0).type() == Proxy.Type.HTTP).isEqualTo(proxied);
  }

  @ParameterizedTest
  @ValueSource(strings = {"socks5://me:secret@proxy:1080", "https://me:secret@proxy", "http://a b"})
  void otherKindsOfProxiesAreRefusedWithoutTheirPasswords(String address) {
    HubProxies proxies = new HubProxies(Map.of("HTTPS_PROXY", address));
    CheckpointException refused =
        assertThrows(
            CheckpointException.class, () -> proxies.select(URI.create("https://huggingface.co")));
    assertThat(refused)
        .hasMessageThat()
        .contains("HTTPS_PROXY: expected the address of an HTTP proxy");
    assertThat(refused).hasMessageThat().doesNotContain("secret");
  }
}
