package org.nnsight4j.remote;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.sun.net.httpserver.HttpServer;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Where a key travels in clear text: nowhere but inside this machine. */
class RemoteServerTest {
  private static final String KEY = "nn4_secret";

  @ParameterizedTest
  @CsvSource({
    "http://127.0.0.1:8080, http://127.0.0.1:8080",
    "http://127.0.0.1/, http://127.0.0.1",
    "http://127.0.0.1:, http://127.0.0.1",
    "http://127.255.255.254:1, http://127.255.255.254:1",
    "http://localhost:8080, http://localhost:8080",
    "http://LOCALHOST, http://LOCALHOST",
    "HTTP://localhost, http://localhost",
    "http://[::1]:8080, http://[::1]:8080",
    "http://[0:0:0:0:0:0:0:1], http://[0:0:0:0:0:0:0:1]",
    "http://[::ffff:127.0.0.1], http://[::ffff:127.0.0.1]",
    "http://[::FFFF:7f00:1], http://[::FFFF:7f00:1]",
    "HTTPS://Example.org:443/, https://Example.org:443",
    "https://127.example.com, https://127.example.com",
    "https://xn--bcher-kva.example, https://xn--bcher-kva.example",
  })
  void keysStayOnThisMachineOrAreEncrypted(String address, String server) {
    assertThat(RemoteServer.at(address, KEY).toString()).isEqualTo("server at " + server);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.example.com",
        "http://127.0.0.1.example.com",
        "http://localhost.example.com",
        "http://me.localhost",
        "http://localhost.",
        "http://localhost.localdomain",
        "http://local-host",
        "http://example.org",
        "http://0.0.0.0",
        "http://128.0.0.1",
        "http://10.0.0.1",
        "http://0127.0.0.1",
        "http://2130706433",
        "http://127.0.0.01",
        "http://[::]",
        "http://[::2]",
        "http://[::127.0.0.1]",
        "http://[::ffff:128.0.0.1]",
        "http://[fe80::1]",
        "http://[::1%25lo]",
        "http://xn--lcalhost-54a.example",
      })
  void otherMachinesNeedTls(String address) {
    RemoteException refused =
        assertThrows(RemoteException.class, () -> RemoteServer.at(address, KEY));
    assertThat(refused).hasMessageThat().contains("expected https for ");
    assertThat(refused).hasMessageThat().doesNotContain(KEY);
    assertThat(RemoteServer.at(address.replace("http:", "https:"), KEY)).isNotNull();
  }

  /** Where programs differ about which host it is, or whether it is one. */
  @ParameterizedTest
  @ValueSource(
      strings = {
        "http://127.1",
        "http://0x7f.1",
        "http://0x7f.0.0.1",
        "http://0177.0.0.1x",
        "http://127.0.0.1.",
        "http://127.0.0.256",
        "http://127.0.0.1@example.org",
        "http://127.0.0.1:8080@example.org",
        "http://example.org@127.0.0.1",
        "http://@127.0.0.1",
        "http://127.0.0.1#@example.org",
        "http://127.0.0.1?@example.org",
        "http://127.0.0.1\\@example.org",
        "http://127.0.0.1/@example.org",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:-1",
        "http://[::1",
        "http://::1",
        "http://[127.0.0.1]",
        "http://\uff4cocalhost",
        "http://127\u30020\u30020\u30021",
        "http://b\u00fccher.example",
        "http:127.0.0.1",
        "http:///127.0.0.1",
        "//127.0.0.1",
        "127.0.0.1:8080",
        "ftp://127.0.0.1",
        "http://",
        " ",
        "",
      })
  void invalidAddressesAreRefused(String address) {
    RemoteException refused =
        assertThrows(RemoteException.class, () -> RemoteServer.at(address, KEY));
    assertThat(refused)
        .hasMessageThat()
        .contains("expected the address of a server like http://127.0.0.1:8080");
  }

  @Test
  void namesAreNotLookedUp() {
    // By Java 127.1 is an address, and the name of this machine leads here.
    assertThat(Loopback.is("127.1")).isFalse();
    assertThat(Loopback.is("")).isFalse();
    assertThat(Loopback.is("[]")).isFalse();
    assertThat(Loopback.is("::1")).isTrue();
    assertThat(Loopback.is("[::1")).isFalse();
    assertThat(Loopback.is(InetAddress.getLoopbackAddress().getHostAddress())).isTrue();
    assertThat(Loopback.is("127.0.0.1 ")).isFalse();
  }

  /** Java's client asks the proxy of the whole process, which is another machine. */
  @Test
  void noProxySeesAKeyWithoutTls() throws Exception {
    List<URI> asked = new ArrayList<>();
    ProxySelector usual = ProxySelector.getDefault();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    server.createContext(
        "/",
        exchange -> {
          byte[] answer = "{\"models\": []}".getBytes(StandardCharsets.UTF_8);
          exchange.sendResponseHeaders(200, answer.length);
          exchange.getResponseBody().write(answer);
          exchange.close();
        });
    server.start();
    try {
      ProxySelector.setDefault(
          new ProxySelector() {
            @Override
            public List<Proxy> select(URI uri) {
              asked.add(uri);
              return List.of(
                  new Proxy(Proxy.Type.HTTP, InetSocketAddress.createUnresolved("proxy", 1)));
            }

            @Override
            public void connectFailed(URI uri, SocketAddress address, java.io.IOException e) {}
          });
      String address = "http://127.0.0.1:" + server.getAddress().getPort();
      assertThat(RemoteServer.at(address, KEY).quiet().models()).isEmpty();
      assertWithMessage("asked for a proxy").that(asked).isEmpty();
    } finally {
      ProxySelector.setDefault(usual);
      server.stop(0);
    }
  }

  /** A redirect would take the key along. */
  @Test
  void redirectsAreNotFollowed() throws Exception {
    List<String> seen = new ArrayList<>();
    HttpServer server =
        HttpServer.create(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0), 1);
    server.createContext(
        "/",
        exchange -> {
          seen.add(exchange.getRequestURI().toString());
          exchange.getResponseHeaders().add("Location", "http://127.0.0.1:1/elsewhere");
          exchange.sendResponseHeaders(307, -1);
          exchange.close();
        });
    server.start();
    try {
      String address = "http://127.0.0.1:" + server.getAddress().getPort();
      RemoteServer remote = RemoteServer.at(address, KEY).quiet();
      RemoteException refused = assertThrows(RemoteException.class, remote::models);
      assertThat(refused).hasMessageThat().contains("307");
      assertThat(refused).hasMessageThat().contains("http://127.0.0.1:1/elsewhere");
      assertThat(seen).containsExactly("/v1/models");
    } finally {
      server.stop(0);
    }
  }
}
