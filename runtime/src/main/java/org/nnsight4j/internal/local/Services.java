package org.nnsight4j.internal.local;

import java.util.ArrayList;
import java.util.List;
import java.util.ServiceLoader;
import java.util.function.Function;
import org.nnsight4j.error.CheckpointException;

/** Finds the services of a family, by the name of its architecture. */
public final class Services {
  private Services() {}

  /**
   * The implementation for an architecture.
   *
   * @throws CheckpointException if there is none on the class path
   */
  public static <T> T find(
      ServiceLoader<T> services, Function<T, String> name, String wanted, String what) {
    List<String> known = new ArrayList<>();
    for (T service : services) {
      if (name.apply(service).equals(wanted)) {
        return service;
      }
      known.add(name.apply(service));
    }
    throw new CheckpointException(
        "no %s for the architecture '%s' is on the class path; there are %s. Add nnsight4j-models, or your own implementation with its META-INF/services entry"
            .formatted(what, wanted, known));
  }
}
