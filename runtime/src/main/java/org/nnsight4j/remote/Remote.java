package org.nnsight4j.remote;

/**
 * A model of a server, as a place where runs happen: {@code gpt2.at(remote(server, "gpt2"))}.
 * Immutable. Made by {@link org.nnsight4j.Options#remote}.
 */
public interface Remote {
  /** Closing a generator sends its run and does not wait (nnsight's {@code blocking=False}). */
  Remote nonBlocking();

  /** With another priority, time limit or idempotency key; without one, each run has its own. */
  Remote with(SubmitOptions options);
}
