package org.nnsight4j.server;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpResponse;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.remote.Job;
import org.nnsight4j.remote.RemoteException;
import org.nnsight4j.remote.RemoteServer;
import org.nnsight4j.remote.SubmitOptions;
import org.nnsight4j.server.options.Listen;
import org.nnsight4j.server.options.Tls;
import org.nnsight4j.server.testing.TestKind;
import org.nnsight4j.server.testing.TestServer;

/** A server that other machines can reach, and that its clients trust. */
@Timeout(90)
final class TlsTest {
  private static final String PASSWORD = "changeit";

  /** Made once: a keytool takes as long as a test. */
  @TempDir static Path keys;

  @TempDir Path directory;

  /** A key with a certificate for these names; returns the certificate. */
  private static Path certificate(String name, String names) throws Exception {
    Path pem = keys.resolve(name + ".pem");
    if (!Files.exists(pem)) {
      generate(name, names);
      Certificate made =
          KeyStore.getInstance(keystore(name).toFile(), PASSWORD.toCharArray())
              .getCertificate("server");
      String text = Base64.getMimeEncoder().encodeToString(made.getEncoded());
      Files.writeString(
          pem, "-----BEGIN CERTIFICATE-----\n" + text + "\n-----END CERTIFICATE-----\n");
    }
    return pem;
  }

  private static void generate(String name, String names) throws Exception {
    List<String> command = new ArrayList<>();
    command.add(Path.of(System.getProperty("java.home"), "bin", "keytool").toString());
    command.addAll(List.of("-J-XX:TieredStopAtLevel=1", "-J-XX:+UseSerialGC"));
    command.addAll(
        List.of("-genkeypair", "-keyalg", "EC", "-dname", "CN=" + name, "-ext", "SAN=" + names));
    command.addAll(List.of("-keystore", keystore(name).toString(), "-storetype", "PKCS12"));
    command.addAll(List.of("-storepass", PASSWORD, "-alias", "server"));
    Process process =
        new ProcessBuilder(command)
            .redirectErrorStream(true)
            .redirectOutput(keys.resolve("keytool.log").toFile())
            .start();
    assertThat(process.waitFor()).isEqualTo(0);
  }

  private static Path keystore(String name) {
    return keys.resolve(name + ".p12");
  }

  private TestServer serve(String name) throws Exception {
    Tls tls = new Tls(keystore(name), PASSWORD);
    return TestServer.start(
        directory.resolve("data"),
        options -> options.withListen(new Listen("0.0.0.0", 0, "0.0.0.0", 0, tls, false)));
  }

  private static RemoteServer client(TestServer server) {
    return RemoteServer.at("https://localhost:" + server.server.port(), server.alice).quiet();
  }

  @Test
  void aClientThatTrustsTheCertificateRunsItsJobs() throws Exception {
    Path pem = certificate("here", "dns:localhost");
    try (TestServer server = serve("here")) {
      RemoteServer client = client(server).trusting(pem);
      Job job =
          client.submit("m", "echo x".getBytes(StandardCharsets.UTF_8), SubmitOptions.defaults());
      Path result = job.awaitFile(directory.resolve("result.safetensors"));
      assertThat(Files.readAllBytes(result)).isEqualTo(TestKind.result("echo x"));
    }
  }

  @Test
  void aClientThatDoesNotTrustItSaysSoAtOnce() throws Exception {
    certificate("here", "dns:localhost");
    Path other = certificate("other", "dns:localhost");
    try (TestServer server = serve("here")) {
      RemoteException unknown = assertThrows(RemoteException.class, client(server)::models);
      assertThat(unknown).hasMessageThat().contains("expected https://localhost:");
      assertThat(unknown).hasMessageThat().contains("RemoteServer.trusting");
      RemoteServer wrong = client(server).trusting(other);
      assertThat(assertThrows(RemoteException.class, wrong::models))
          .hasMessageThat()
          .contains("to show a certificate that is trusted here");
    }
  }

  @Test
  void aCertificateOfAnotherNameIsRefused() throws Exception {
    Path pem = certificate("there", "dns:gpu.example.org");
    try (TestServer server = serve("there")) {
      RemoteServer client = client(server).trusting(pem);
      assertThat(assertThrows(RemoteException.class, client::models))
          .hasMessageThat()
          .contains("matching localhost found");
    }
  }

  @Test
  void neitherPortSpeaksWithoutTls() throws Exception {
    certificate("here", "dns:localhost");
    try (TestServer server = serve("here")) {
      for (int port : List.of(server.server.port(), server.server.adminPort())) {
        HttpRequest request =
            HttpRequest.newBuilder(URI.create("http://localhost:%s/livez".formatted(port))).build();
        try {
          int status =
              HttpClient.newHttpClient()
                  .send(request, HttpResponse.BodyHandlers.discarding())
                  .statusCode();
          assertThat(status).isEqualTo(400);
        } catch (IOException e) {
          // The server ended the connection.
        }
      }
    }
  }

  @Test
  void aFileWithoutACertificateSaysWhatWasExpected() throws Exception {
    Path none = Files.writeString(directory.resolve("none.pem"), "");
    RemoteServer client = RemoteServer.at("https://localhost:1", "k");
    assertThat(assertThrows(RemoteException.class, () -> client.trusting(none)))
        .hasMessageThat()
        .isEqualTo(none + ": expected certificates in PEM, found none");
  }
}
