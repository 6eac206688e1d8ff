package org.nnsight4j.server.http;

import java.util.Optional;
import org.eclipse.jetty.server.Request;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.server.access.Caller;
import org.nnsight4j.server.access.ClientAddress;
import org.nnsight4j.server.access.KeyRing;
import org.nnsight4j.server.access.RateLimits;
import org.nnsight4j.server.access.WrongKeys;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;

/** Refuses requests without a key, and requests that come too often. */
final class KeyCheck {
  private static final String AUTHORIZATION = "Authorization";
  private static final String SCHEME = "Bearer ";
  private static final String FORWARDED = "X-Forwarded-For";

  private final KeyRing keys;
  private final RateLimits byKey;
  private final WrongKeys wrong;
  private final ClientAddress addresses;
  private final boolean adminsOnly;

  KeyCheck(
      KeyRing keys,
      int requestsPerSecond,
      WrongKeys wrong,
      ClientAddress addresses,
      boolean adminsOnly) {
    this.keys = keys;
    this.byKey = new RateLimits(requestsPerSecond);
    this.wrong = wrong;
    this.addresses = addresses;
    this.adminsOnly = adminsOnly;
  }

  /**
   * Whose request this is.
   *
   * @throws ProblemException if it is refused
   */
  Caller caller(Exchange request) {
    String header = request.header(AUTHORIZATION);
    Optional<String> sent =
        Optional.ofNullable(header)
            .filter(text -> text.regionMatches(true, 0, SCHEME, 0, SCHEME.length()))
            .map(text -> text.substring(SCHEME.length()).strip());
    // First, so that a valid key is not refused because of wrong keys from the same address.
    Caller caller = sent.flatMap(keys::check).orElseThrow(() -> noKey(request, header, sent));
    request.caller(caller);
    refuse(byKey.take(caller.keyId()), "requests with this key");
    if (adminsOnly && !caller.admin()) {
      wrong.write("not-an-admin", address(request), Optional.of(caller.keyId()));
      throw new ProblemException(
          ProblemKind.NOT_AN_ADMIN.with("expected the key of an admin, found a user's"));
    }
    return caller;
  }

  private String address(Exchange exchange) {
    Request request = exchange.request();
    return addresses.of(
        Request.getRemoteAddr(request), request.getHeaders().getValuesList(FORWARDED));
  }

  private ProblemException noKey(Exchange request, @Nullable String header, Optional<String> sent) {
    boolean none = header == null;
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
