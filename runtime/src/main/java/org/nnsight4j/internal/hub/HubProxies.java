package org.nnsight4j.internal.hub;

import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Proxy;
import java.net.ProxySelector;
import java.net.SocketAddress;
import java.net.URI;
import java.net.URLDecoder;
import java.nio.charset.StandardCharsets;
import java.util.Base64;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;

/**
 * Selects the proxy for an address: from Java's own properties ({@code https.proxyHost}), else from
 * the variables that Python's client also reads ({@code HTTPS_PROXY}, {@code HTTP_PROXY}, {@code
 * ALL_PROXY}, {@code NO_PROXY}; lower-case names count first).
 */
final class HubProxies extends ProxySelector {
  private static final List<Proxy> DIRECT = List.of(Proxy.NO_PROXY);

  private final Map<String, String> environment;

  HubProxies(Map<String, String> environment) {
    this.environment = Map.copyOf(environment);
  }

  @Override
  public List<Proxy> select(URI address) {
    if (System.getProperty(scheme(address) + ".proxyHost") != null) {
      ProxySelector java = ProxySelector.getDefault();
      return java == null ? DIRECT : java.select(address);
    }
    return proxy(address)
        .map(
            proxy ->
                List.of(
                    new Proxy(
                        Proxy.Type.HTTP, new InetSocketAddress(proxy.getHost(), port(proxy)))))
        .orElse(DIRECT);
  }

  /**
   * The credentials for the proxy of an address: the user and password in the proxy's own address.
   * They are sent without a challenge, because with an authenticator Java's client does not send
   * the token for the hub.
   */
  Optional<String> authorization(URI address) {
    if (System.getProperty(scheme(address) + ".proxyHost") != null) {
      return Optional.empty();
    }
    return proxy(address)
        .map(URI::getRawUserInfo)
        .map(
            who ->
                "Basic "
                    + Base64.getEncoder()
                        .encodeToString(decoded(who).getBytes(StandardCharsets.UTF_8)));
  }

  private static String decoded(String text) {
    return URLDecoder.decode(text.replace("+", "%2B"), StandardCharsets.UTF_8);
  }

  /** The proxy of an address, if the environment names one. */
  private Optional<URI> proxy(URI address) {
    return isExcepted(address) ? Optional.empty() : said(scheme(address));
  }

  private Optional<URI> said(String scheme) {
    for (String variable : List.of(scheme + "_proxy", "all_proxy")) {
      @Nullable String value = given(variable);
      if (value != null) {
        return Optional.of(parsed(variable.toUpperCase(Locale.ROOT), value));
      }
    }
    return Optional.empty();
  }

  private @Nullable String given(String variable) {
    @Nullable String value = environment.get(variable);
    if (value == null) {
      value = environment.get(variable.toUpperCase(Locale.ROOT));
    }
    return value == null || value.isBlank() ? null : value.strip();
  }

  private static URI parsed(String variable, String value) {
    URI proxy;
    try {
      proxy = URI.create(value.contains("://") ? value : "http://" + value);
    } catch (IllegalArgumentException e) {
      throw wrong(variable, "an address that cannot be read");
    }
    if (!"http".equalsIgnoreCase(proxy.getScheme()) || proxy.getHost() == null) {
      // The message does not show the address, which may contain a password.
      throw wrong(variable, "one that begins with %s://".formatted(proxy.getScheme()));
    }
    return proxy;
  }

  private static CheckpointException wrong(String variable, String found) {
    return new CheckpointException(
        "%s: expected the address of an HTTP proxy, such as http://proxy.example.com:3128, found %s; Java speaks to no other kind"
            .formatted(variable, found));
  }

  /** Matches a host, or the end of its name after a dot; {@code *} matches all. */
  private boolean isExcepted(URI address) {
    String host = Objects.toString(address.getHost(), "").toLowerCase(Locale.ROOT);
    for (String each : Objects.toString(given("no_proxy"), "").split(",")) {
      String excepted = each.strip().toLowerCase(Locale.ROOT).replaceFirst("^\\*?\\.", "");
      if (excepted.matches(".+:\\d+")) {
        int colon = excepted.lastIndexOf(':');
        if (!excepted.substring(colon + 1).equals(Integer.toString(port(address)))) {
          continue;
        }
        excepted = excepted.substring(0, colon);
      }
      if (excepted.equals("*")
          || !excepted.isEmpty() && (host.equals(excepted) || host.endsWith("." + excepted))) {
        return true;
      }
    }
    return false;
  }

  private static String scheme(URI address) {
    return Objects.toString(address.getScheme(), "").toLowerCase(Locale.ROOT);
  }

  private static int port(URI address) {
    return address.getPort() >= 0 ? address.getPort() : "https".equals(scheme(address)) ? 443 : 80;
  }

  @Override
  public void connectFailed(URI address, SocketAddress proxy, IOException failure) {
    // The caller gets the exception anyway.
  }
}
