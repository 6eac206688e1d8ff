package org.nnsight4j.server.http;

/** Sends the answer to a request, now or later, once. */
interface Reply {
  void send(Answer answer);

  /** Sends the refusal that tells this error. */
  void fail(Throwable error);
}
