package org.nnsight4j.server.options;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Keys travel without TLS inside this machine alone, on both ports. */
class ListenTest {
  private static final Tls TLS = new Tls(Path.of("keystore.p12"), "secret");

  private static Listen listen(String host, String adminHost, @Nullable Tls tls, boolean proxy) {
    return new Listen(host, 8080, adminHost, 8081, tls, proxy);
  }

  @ParameterizedTest
  @ValueSource(strings = {"127.0.0.1", "127.0.0.2", "localhost", "LOCALHOST", "::1", "[::1]"})
  void thisMachineNeedsNoTls(String host) {
    assertThat(listen(host, host, null, false).adminTls()).isNull();
    assertThat(listen(host, host, TLS, false).adminTls()).isNull();
  }

  /** 127.1 is this machine for Java, but not for other programs, so it needs TLS. */
  @ParameterizedTest
  @ValueSource(strings = {"0.0.0.0", "::", "[::]", "10.1.2.3", "127.1", "2130706433"})
  void othersNeedTlsOrAProxy(String host) {
    for (boolean admin : new boolean[] {false, true}) {
      String users = admin ? "127.0.0.1" : host;
      String admins = admin ? host : "127.0.0.1";
      IllegalArgumentException refused =
          assertThrows(IllegalArgumentException.class, () -> listen(users, admins, null, false));
      assertThat(refused).hasMessageThat().contains("expected TLS to listen on " + host);
      assertThat(listen(users, admins, TLS, false).adminTls()).isEqualTo(admin ? TLS : null);
      assertThat(listen(users, admins, null, true).adminTls()).isNull();
    }
  }

  @ParameterizedTest
  @ValueSource(strings = {"", " ", "no such host.invalid", "*"})
  void invalidHostsAreRefused(String host) {
    IllegalArgumentException refused =
        assertThrows(IllegalArgumentException.class, () -> listen(host, "127.0.0.1", TLS, false));
    assertThat(refused).hasMessageThat().contains("name or address of this machine");
    assertThat(refused).hasMessageThat().contains("'" + host + "'");
  }

  @ParameterizedTest
  @CsvSource({"localhost, 127.0.0.1", "127.0.0.1, 127.0.0.1", "::1, [::1]", "::1, 0:0:0:0:0:0:0:1"})
  void onePortForBothIsRefusedHoweverItsAddressIsWritten(String host, String adminHost) {
    IllegalArgumentException refused =
        assertThrows(
            IllegalArgumentException.class,
            () -> new Listen(host, 9000, adminHost, 9000, null, false));
    assertThat(refused).hasMessageThat().contains("found 9000 for both");
  }

  @Test
  void anyFreePortsAreTwo() {
    assertThat(new Listen("127.0.0.1", 0, "127.0.0.1", 0, null, false).port()).isEqualTo(0);
  }
}
