package org.nnsight4j.server.http;

import jakarta.annotation.Priority;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import java.util.Set;
import org.nnsight4j.server.access.Caller;

/** Checks the keys of requests for resources. Runs before anything else. */
@PreMatching
@Priority(Priorities.AUTHENTICATION)
final class KeyFilter implements ContainerRequestFilter {
  private static final String CALLER = "nnsight4j.caller";

  private final KeyCheck check;
  private final Set<String> open;

  /**
   * @param open paths that need no key
   */
  KeyFilter(KeyCheck check, Set<String> open) {
    this.check = check;
    this.open = Set.copyOf(open);
  }

  /** The caller of this request. */
  static Caller caller(ContainerRequestContext request) {
    if (request.getProperty(CALLER) instanceof Caller caller) {
      return caller;
    }
    throw new IllegalStateException("a path that needs a key was reached without one");
  }

  @Override
  public void filter(ContainerRequestContext request) {
    if (!open.contains(request.getUriInfo().getPath())) {
      request.setProperty(CALLER, check.caller(Exchange.of(request)));
    }
  }
}
