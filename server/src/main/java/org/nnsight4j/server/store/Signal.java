package org.nnsight4j.server.store;

import java.util.Optional;

/**
 * A change in the database that something may be waiting for.
 *
 * @param last whether it may be the last one about its subject; other servers are not told
 */
public record Signal(Kind kind, String subject, boolean last) {
  Signal(Kind kind, String subject) {
    this(kind, subject, true);
  }

  static final String CHANNEL = "nnsight4j";

  /** What changed. */
  public enum Kind {
    /** The state of the job {@code subject}. */
    JOB,
    /** There is work for the model {@code subject}. */
    DUE,
    /** The running job {@code subject} should be cancelled. */
    CANCEL
  }

  String text() {
    return kind + " " + subject;
  }

  static Optional<Signal> parse(String text) {
    int space = text.indexOf(' ');
    for (Kind kind : Kind.values()) {
      if (space > 0 && kind.name().equals(text.substring(0, space))) {
        return Optional.of(new Signal(kind, text.substring(space + 1)));
      }
    }
    return Optional.empty();
  }
}
