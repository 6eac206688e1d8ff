package org.nnsight4j.server.http;

import jakarta.annotation.Priority;
import jakarta.servlet.http.HttpServletRequest;
import jakarta.ws.rs.Priorities;
import jakarta.ws.rs.container.ContainerRequestContext;
import jakarta.ws.rs.container.ContainerRequestFilter;
import jakarta.ws.rs.container.PreMatching;
import jakarta.ws.rs.core.Context;
import jakarta.ws.rs.core.HttpHeaders;
import java.util.List;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.access.Caller;
import org.nnsight4j.server.access.ClientAddress;
import org.nnsight4j.server.access.KeyRing;
import org.nnsight4j.server.access.RateLimits;
import org.nnsight4j.server.access.WrongKeys;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;

/** Refuses requests without a key, and requests that come too often. Runs before anything else. */
@PreMatching
@Priority(Priorities.AUTHENTICATION)
final class KeyFilter implements ContainerRequestFilter {
  private static final String CALLER = "nnsight4j.caller";
  private static final String SCHEME = "Bearer ";

  private static final String FORWARDED = "X-Forwarded-For";

  private final KeyRing keys;
  private final RateLimits byKey;
  private final WrongKeys wrong;
  private final ClientAddress addresses;
  private final Set<String> open;
  private final boolean adminsOnly;

  @Context private @Nullable HttpServletRequest servlet;

  /**
   * @param open paths that need no key
   */
  KeyFilter(
      KeyRing keys,
      int requestsPerSecond,
      WrongKeys wrong,
      ClientAddress addresses,
      Set<String> open,
      boolean adminsOnly) {
    this.keys = keys;
    this.byKey = new RateLimits(requestsPerSecond);
    this.wrong = wrong;
    this.addresses = addresses;
    this.open = Set.copyOf(open);
    this.adminsOnly = adminsOnly;
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
    if (open.contains(request.getUriInfo().getPath())) {
      return;
    }
    Optional<String> sent =
        Optional.ofNullable(request.getHeaderString(HttpHeaders.AUTHORIZATION))
            .filter(header -> header.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
            .map(header -> header.substring(SCHEME.length()).strip());
    // First, so that a valid key is not refused because of wrong keys from the same address.
    Caller caller = sent.flatMap(keys::check).orElseThrow(() -> noKey(request, sent));
    Exchange.of(request).caller(caller);
    refuse(byKey.take(caller.keyId()), "requests with this key");
    if (adminsOnly && !caller.admin()) {
      wrong.write("not-an-admin", address(request), Optional.of(caller.keyId()));
      throw new ProblemException(
          ProblemKind.NOT_AN_ADMIN.with("expected the key of an admin, found a user's"));
    }
    request.setProperty(CALLER, caller);
  }

  private String address(ContainerRequestContext request) {
    List<String> forwarded = request.getHeaders().getOrDefault(FORWARDED, List.of());
    return addresses.of(Objects.requireNonNull(servlet).getRemoteAddr(), forwarded);
  }

  private ProblemException noKey(ContainerRequestContext request, Optional<String> sent) {
    boolean none = request.getHeaderString(HttpHeaders.AUTHORIZATION) == null;
    refuse(
        wrong.refused(none ? "no-key" : "wrong-key", address(request), sent.flatMap(KeyRing::id)),
        "wrong keys from your address");
    return new ProblemException(
        ProblemKind.NO_KEY.with(
            "expected the header 'Authorization: Bearer nn4_...' with a key that is valid, found %s; the operator of the server makes keys"
                .formatted(none ? "no such header" : "one that is not, or not any more")));
  }

  private static void refuse(int seconds, String what) {
    if (seconds > 0) {
      throw new ProblemException(
          ProblemKind.TOO_MANY_REQUESTS.with(
              "expected fewer %s; try again in %s s".formatted(what, seconds)),
          seconds);
    }
  }
}
