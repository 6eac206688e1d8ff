package org.nnsight4j.server.options;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Addresses that begin alike. */
final class AddressRangeTest {
  @ParameterizedTest
  @CsvSource({
    "10.0.0.0/8, 10.255.1.2, true",
    "10.0.0.0/8, 11.0.0.1, false",
    "192.168.4.0/22, 192.168.7.255, true",
    "192.168.4.0/22, 192.168.8.0, false",
    "203.0.113.7, 203.0.113.7, true",
    "203.0.113.7, 203.0.113.8, false",
    "0.0.0.0/0, 203.0.113.8, true",
    "0.0.0.0/0, ::1, false",
    "fd00::/8, fd12:3::4, true",
    "fd00::/8, fe80::1, false",
    "10.0.0.0/8, ten, false",
  })
  void itHasAddresses(String network, String address, boolean has) {
    assertThat(AddressRange.of(network).has(address)).isEqualTo(has);
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "",
        "10",
        "10.0.0.0/33",
        "10.0.0.0/",
        "10.0.0.0/-1",
        "example.org",
        "::1/129",
        "10.0.0/8"
      })
  void invalidRangesAreRefused(String text) {
    Exception refused = assertThrows(IllegalArgumentException.class, () -> AddressRange.of(text));
    assertThat(refused).hasMessageThat().contains("found '%s'".formatted(text));
  }
}
