package org.nnsight4j.server.options;

import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/**
 * A log of requests.
 *
 * @param file where it is; null for standard output
 * @param days how many days a file is kept; a new one begins each day
 */
public record AccessLogOptions(@Nullable Path file, Format format, int days) {
  /** The default for how many days a file is kept. */
  public static final int USUAL_DAYS = 30;

  /** How a request is written. */
  public enum Format {
    /** One JSON object in each line. */
    JSON,
    /** The combined format of Apache and nginx. */
    COMBINED;

    /**
     * The format with this name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static Format named(String name) {
      return Arrays.stream(values())
          .filter(format -> format.label().equals(name))
          .findFirst()
          .orElseThrow(
              () ->
                  new IllegalArgumentException(
                      "expected %s as the format of the access log, found '%s'"
                          .formatted(
                              Arrays.stream(values())
                                  .map(Format::label)
                                  .collect(Collectors.joining(" or ")),
                              name)));
    }

    /** The name that operators use. */
    public String label() {
      return name().toLowerCase(Locale.ROOT);
    }
  }

  /**
   * @throws IllegalArgumentException if the number of days is not possible
   */
  public AccessLogOptions {
    if (days < 1 || days > 3650) {
      throw new IllegalArgumentException(
          "expected 1 to 3650 days that the access log is kept, found " + days);
    }
  }
}
