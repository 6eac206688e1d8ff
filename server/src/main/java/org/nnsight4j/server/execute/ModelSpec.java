package org.nnsight4j.server.execute;

/**
 * A model that the operator offers.
 *
 * @param name what users call it
 * @param kind the {@link ExecutorKind} that runs it
 * @param location what that kind needs to find it, for example a directory
 * @param workers how many jobs of it run at the same time in this server
 * @param settings what that kind needs to know about how to open it, in words of its own; empty for
 *     the usual
 */
public record ModelSpec(String name, String kind, String location, int workers, String settings) {
  /** A model that is opened as usual. */
  public ModelSpec(String name, String kind, String location, int workers) {
    this(name, kind, location, workers, "");
  }

  public ModelSpec {
    if (!name.matches("[A-Za-z0-9][A-Za-z0-9._-]{0,63}")) {
      throw new IllegalArgumentException(
          "expected a model name of letters, digits, '.', '_' and '-', at most 64, found '%s'"
              .formatted(name));
    }
    if (workers < 1 || workers > 64) {
      throw new IllegalArgumentException(
          "expected 1 to 64 workers for model %s, found %s".formatted(name, workers));
    }
  }
}
