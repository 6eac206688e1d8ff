package org.nnsight4j.server.access;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicLong;

/**
 * What becomes of requests without a valid key: from one address few of them are answered in a
 * second, and some are written to the audit log. Valid keys of the same address are not asked here.
 */
public final class WrongKeys {
  private static final String ALL = "all";

  private final AuditLog audit;
  private final String port;
  private final RateLimits byAddress;
  private final RateLimits lines = new RateLimits(1);
  private final AtomicLong unwritten = new AtomicLong();

  /**
   * @param port which of the two, for the log
   * @param perSecond how many of one address are answered
   */
  public WrongKeys(AuditLog audit, String port, int perSecond) {
    this.byAddress = new RateLimits(perSecond);
    this.audit = audit;
    this.port = port;
  }

  /**
   * A request had none, or one that is not valid.
   *
   * @param what was wrong
   * @param id of the key, if it has the form of one
   * @return the seconds to wait before the next, 0 if this one is answered
   */
  public int refused(String what, String address, Optional<String> id) {
    write(what, address, id);
    return byAddress.take(ClientAddress.sender(address));
  }

  /** Not more than a line a second: nobody fills the disk by this. */
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
