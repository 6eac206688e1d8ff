package org.nnsight4j.server.execute;

import java.util.Optional;
import java.util.ServiceLoader;
import java.util.stream.Collectors;
import java.util.stream.StreamSupport;

/** A way to run requests, found as a service. */
public interface ExecutorKind {
  /** The name that a {@link ModelSpec} uses. */
  String name();

  /**
   * What users and other servers must know about the model, as a JSON object. Reads the
   * configuration but no weights, and loads no native library.
   */
  String describe(ModelSpec spec);

  /**
   * The digest of the present checkpoint: another checkpoint has another digest. Must be quick
   * compared with loading it; called in the server and in each worker. Empty if there are no
   * weights yet.
   */
  String digest(ModelSpec spec);

  /** The check of requests for a model with this description; needs no file of the model. */
  RequestCheck check(String description);

  /**
   * The check of requests for a model that this process runs, which may also read small files of
   * the model, such as its tokenizer, when a request needs them.
   */
  default RequestCheck check(String description, ModelSpec spec) {
    return check(description);
  }

  /** A model that also takes requests in the form of OpenAI's API; loads no weights. */
  default Optional<TextRequests> texts(ModelSpec spec) {
    return Optional.empty();
  }

  /** Loads the model; called in a worker. */
  JobExecutor open(ModelSpec spec);

  /** The kind with this name. */
  static ExecutorKind named(String name) {
    ServiceLoader<ExecutorKind> kinds =
        ServiceLoader.load(ExecutorKind.class, ExecutorKind.class.getClassLoader());
    for (ExecutorKind kind : kinds) {
      if (kind.name().equals(name)) {
        return kind;
      }
    }
    throw new IllegalArgumentException(
        "expected one of the kinds of executor %s, found '%s'"
            .formatted(
                StreamSupport.stream(kinds.spliterator(), false)
                    .map(ExecutorKind::name)
                    .collect(Collectors.joining(", ", "[", "]")),
                name));
  }
}
