package org.nnsight4j.server.access;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Handles requests without a valid key: few of them are answered per second and address, and some
 * are written to the audit log. Valid keys from the same address are not affected.
 */
public final class WrongKeys {
  private static final String ALL = "all";

  private final AuditLog audit;
  private final String port;
  private final RateLimits byAddress;
  private final RateLimits lines = new RateLimits(1);
  private final AtomicLong unwritten = new AtomicLong();

  /**
   * @param port which of the two ports, for the log
   * @param perSecond how many are answered for one address
   */
  public WrongKeys(AuditLog audit, String port, int perSecond) {
    this.byAddress = new RateLimits(perSecond);
    this.audit = audit;
    this.port = port;
  }

  /**
   * Called for a request without a key, or with an invalid one.
   *
   * @param what was wrong
   * @param id the key's id, if it has the form of a key
   * @return the seconds to wait before the next request, 0 if this one is answered
   */
  public int refused(String what, String address, Optional<String> id) {
    write(what, address, id);
    return byAddress.take(ClientAddress.sender(address));
  }

  /** Writes at most one line a second, so that these requests cannot fill the disk. */
  public void write(String what, String address, Optional<String> id) {
    if (lines.take(ALL) > 0) {
      unwritten.incrementAndGet();
      return;
    }
    Map<String, Object> line = new LinkedHashMap<>();
    line.put("address", address);
    line.put("port", port);
    id.ifPresent(text -> line.put("id", text));
    long others = unwritten.getAndSet(0);
    if (others > 0) {
      line.put("unwritten", others);
    }
    audit.write(what, line);
  }
}
