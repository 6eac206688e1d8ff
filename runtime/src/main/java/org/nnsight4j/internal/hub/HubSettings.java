package org.nnsight4j.internal.hub;

import java.io.IOException;
import java.net.URI;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Locale;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.CheckpointException;

/**
 * Where models are downloaded from and stored, as set by the environment variables of Hugging
 * Face's own client.
 *
 * @param cache the folder of all models
 * @param endpoint the hub
 * @param token a secret that only this hub may see
 * @param offline whether only the cache is used
 * @param silence how long a connection may be silent
 * @param links whether the files of a snapshot are symbolic links
 * @param bars whether progress bars may be drawn
 * @param proxies selects the proxy for an address
 */
public record HubSettings(
    Path cache,
    URI endpoint,
    @Nullable String token,
    boolean offline,
    Duration silence,
    boolean links,
    boolean bars,
    HubProxies proxies) {
  private static final Set<String> TRUE = Set.of("1", "ON", "YES", "TRUE");
  private static final Duration USUAL_SILENCE = Duration.ofSeconds(10);

  public HubSettings {
    String scheme = Objects.toString(endpoint.getScheme(), "").toLowerCase(Locale.ROOT);
    if (!Set.of("http", "https").contains(scheme)
        || endpoint.getHost() == null
        || endpoint.getRawUserInfo() != null
        || endpoint.getRawQuery() != null) {
      throw new CheckpointException(
          "expected the address of a hub, such as https://huggingface.co, found '%s'; see HF_ENDPOINT"
              .formatted(endpoint));
    }
  }

  /** Reads the settings from environment variables. */
  public static HubSettings of(Map<String, String> environment, Path user) {
    Path home = path(environment, user, "HF_HOME");
    if (home == null) {
      Path caches = path(environment, user, "XDG_CACHE_HOME");
      home = (caches == null ? user.resolve(".cache") : caches).resolve("huggingface");
    }
    Path cache = path(environment, user, "HF_HUB_CACHE");
    if (cache == null) {
      cache = path(environment, user, "HUGGINGFACE_HUB_CACHE");
    }
    return new HubSettings(
        cache == null ? home.resolve("hub") : cache,
        endpoint(environment),
        token(environment, user, home),
        isTrue(
            environment,
            given(environment, "HF_HUB_OFFLINE") != null
                ? "HF_HUB_OFFLINE"
                : "TRANSFORMERS_OFFLINE"),
        silence(environment),
        !isTrue(environment, "HF_HUB_DISABLE_SYMLINKS"),
        !isTrue(environment, "HF_HUB_DISABLE_PROGRESS_BARS"),
        new HubProxies(environment));
  }

  /** Reads the settings from the environment of this process. */
  public static HubSettings ofEnvironment() {
    return of(System.getenv(), Path.of(System.getProperty("user.home", ".")));
  }

  public HubSettings withCache(Path folder) {
    return new HubSettings(folder, endpoint, token, offline, silence, links, bars, proxies);
  }

  /** The token of one hub must not reach another. */
  public HubSettings withEndpoint(URI other) {
    @Nullable String kept = sameOrigin(endpoint, other) ? token : null;
    return new HubSettings(cache, other, kept, offline, silence, links, bars, proxies);
  }

  public HubSettings withToken(String secret) {
    return new HubSettings(cache, endpoint, clean(secret), offline, silence, links, bars, proxies);
  }

  public HubSettings offlineOnly() {
    return new HubSettings(cache, endpoint, token, true, silence, links, bars, proxies);
  }

  HubSettings withSilence(Duration longest) {
    return new HubSettings(cache, endpoint, token, offline, longest, links, bars, proxies);
  }

  /** Whether an address belongs to the hub and may therefore see the token. */
  boolean isHub(URI address) {
    return sameOrigin(endpoint, address);
  }

  private static boolean sameOrigin(URI one, URI other) {
    return Objects.toString(one.getScheme(), "").equalsIgnoreCase(other.getScheme())
        && Objects.toString(one.getHost(), "").equalsIgnoreCase(other.getHost())
        && port(one) == port(other);
  }

  private static int port(URI address) {
    return address.getPort() >= 0
        ? address.getPort()
        : "http".equalsIgnoreCase(address.getScheme()) ? 80 : 443;
  }

  private static URI endpoint(Map<String, String> environment) {
    String text = Objects.requireNonNullElse(given(environment, "HF_ENDPOINT"), "");
    String address = text.isEmpty() ? "https://huggingface.co" : text.replaceAll("/+$", "");
    try {
      return URI.create(address);
    } catch (IllegalArgumentException e) {
      throw new CheckpointException(
          "HF_ENDPOINT: expected the address of a hub, such as https://huggingface.co, found '%s'"
              .formatted(text),
          e);
    }
  }

  private static @Nullable String token(Map<String, String> environment, Path user, Path home) {
    if (isTrue(environment, "HF_HUB_DISABLE_IMPLICIT_TOKEN")) {
      return null;
    }
    for (String variable : new String[] {"HF_TOKEN", "HUGGING_FACE_HUB_TOKEN"}) {
      @Nullable String token = clean(environment.get(variable));
      if (token != null) {
        return token;
      }
    }
    @Nullable Path file = path(environment, user, "HF_TOKEN_PATH");
    Path place = file == null ? home.resolve("token") : file;
    try {
      return Files.isRegularFile(place)
          ? clean(Files.readString(place, StandardCharsets.UTF_8))
          : null;
    } catch (IOException e) {
      throw new CheckpointException(
          "%s: the token for the hub cannot be read: %s".formatted(place, e), e);
    }
  }

  private static @Nullable String clean(@Nullable String token) {
    String text = token == null ? "" : token.replaceAll("[\\r\\n]", "").strip();
    return text.isEmpty() ? null : text;
  }

  private static Duration silence(Map<String, String> environment) {
    @Nullable String text = given(environment, "HF_HUB_DOWNLOAD_TIMEOUT");
    if (text == null) {
      return USUAL_SILENCE;
    }
    if (!text.matches("[1-9][0-9]{0,5}")) {
      throw new CheckpointException(
          "HF_HUB_DOWNLOAD_TIMEOUT: expected a number of seconds, found '%s'".formatted(text));
    }
    return Duration.ofSeconds(Long.parseLong(text));
  }

  private static boolean isTrue(Map<String, String> environment, String variable) {
    return TRUE.contains(
        Objects.toString(environment.get(variable), "").strip().toUpperCase(Locale.ROOT));
  }

  private static @Nullable String given(Map<String, String> environment, String variable) {
    @Nullable String value = environment.get(variable);
    return value == null || value.isBlank() ? null : value.strip();
  }

  private static @Nullable Path path(Map<String, String> environment, Path user, String variable) {
    @Nullable String value = given(environment, variable);
    if (value == null) {
      return null;
    }
    return value.equals("~") || value.startsWith("~/")
        ? user.resolve(value.substring(Math.min(2, value.length())))
        : Path.of(value);
  }

  /** Without the token. */
  @Override
  public String toString() {
    return "%s, cache %s%s".formatted(endpoint, cache, offline ? ", offline" : "");
  }
}
