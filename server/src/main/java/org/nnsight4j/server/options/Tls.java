package org.nnsight4j.server.options;

import java.nio.file.Path;

/**
 * The server's certificate.
 *
 * @param keystore a PKCS #12 file
 */
public record Tls(Path keystore, String password) {
  @Override
  public String toString() {
    return "TLS with " + keystore;
  }
}
