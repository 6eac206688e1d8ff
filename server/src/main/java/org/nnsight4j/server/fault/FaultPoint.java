package org.nnsight4j.server.fault;

import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A place where the crash tests end the process as {@code kill -9} would. Nothing happens unless
 * the JVM was started with {@code -Dnnsight4j.fault=NAME:COUNT}: the process then ends when it
 * passes the place for the COUNT-th time.
 */
public enum FaultPoint {
  BEFORE_ACCEPT_COMMITS,
  AFTER_ACCEPT_COMMITTED,
  AFTER_CLAIM,
  WHILE_RUNNING,
  AFTER_RESULT_WRITTEN,
  BEFORE_PUBLISH_COMMITS,
  AFTER_PUBLISH_COMMITTED;

  private static final @Nullable String CHOSEN = System.getProperty("nnsight4j.fault");
  private static final AtomicInteger LEFT = new AtomicInteger(count());

  /** Called when execution reaches this place. */
  public void pass() {
    if (CHOSEN != null && CHOSEN.startsWith(name() + ":") && LEFT.decrementAndGet() == 0) {
      Runtime.getRuntime().halt(137);
    }
  }

  private static int count() {
    return CHOSEN == null ? 0 : Integer.parseInt(CHOSEN.substring(CHOSEN.indexOf(':') + 1));
  }
}
