package org.nnsight4j.server.access;

import static com.google.common.truth.Truth.assertThat;

import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nnsight4j.server.options.AddressRange;

/** Which client a request comes from. */
final class ClientAddressTest {
  private final ClientAddress addresses =
      new ClientAddress(
          Stream.of("10.0.0.0/8", "fd00::/8", "192.0.2.1").map(AddressRange::of).toList());

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "198.51.100.1 |                                 | 198.51.100.1",
        "198.51.100.1 | 203.0.113.5                     | 198.51.100.1",
        "10.1.1.1     | 203.0.113.5                     | 203.0.113.5",
        "10.1.1.1     | 203.0.113.5, 198.51.100.1       | 198.51.100.1",
        "10.1.1.1     | 203.0.113.5, 10.2.2.2           | 203.0.113.5",
        "fd12::1      | 2001:db8::7,fd00::9 , 192.0.2.1 | 2001:db8::7",
        "10.1.1.1     | localhost                       | 10.1.1.1",
        "10.1.1.1     | 203.0.113.5, unknown            | 10.1.1.1",
        "10.1.1.1     | 300.1.1.1                       | 10.1.1.1",
        "10.1.1.1     | 10.3.3.3                        | 10.3.3.3",
        "10.1.1.1     |                                 | 10.1.1.1",
      })
  void theLastAddressThatIsNotAProxy(String peer, String header, String client) {
    List<String> lines = header == null ? List.of() : List.of(header);
    assertThat(addresses.of(peer, lines)).isEqualTo(client);
  }

  @Test
  void severalLinesAreOne() {
    assertThat(addresses.of("10.1.1.1", List.of("203.0.113.5", "10.2.2.2, 10.4.4.4")))
        .isEqualTo("203.0.113.5");
  }

  /** An IPv6 network has more addresses than could be counted. */
  @Test
  void aNetworkOfVersionSixIsOneSender() {
    assertThat(ClientAddress.sender("2001:db8:1:2:3::4"))
        .isEqualTo(ClientAddress.sender("2001:db8:1:2:ffff::1"));
    assertThat(ClientAddress.sender("2001:db8:1:3::4"))
        .isNotEqualTo(ClientAddress.sender("2001:db8:1:2::4"));
    assertThat(ClientAddress.sender("203.0.113.5")).isEqualTo("203.0.113.5");
  }
}
