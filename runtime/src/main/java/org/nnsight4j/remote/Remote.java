package org.nnsight4j.remote;

/**
 * A model on a server, as a place where runs happen: {@code gpt2.at(remote(server, "gpt2"))}.
 * Immutable. {@link org.nnsight4j.Options#remote} creates it.
 */
public interface Remote {
  /**
   * Makes runs non-blocking: closing a generator sends its run and does not wait (nnsight's {@code
   * blocking=False}).
   */
  Remote nonBlocking();

  /** Sets priority, time limit or idempotency key; without a key, each run gets its own. */
  Remote with(SubmitOptions options);
}
