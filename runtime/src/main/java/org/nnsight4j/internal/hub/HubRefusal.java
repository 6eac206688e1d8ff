package org.nnsight4j.internal.hub;

import java.net.http.HttpHeaders;
import java.net.http.HttpResponse;
import java.util.Locale;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.internal.spelling.Shown;

/** Explains a hub's refusals and says what to do. */
final class HubRefusal {
  private static final String CODE = "X-Error-Code";

  private HubRefusal() {}

  /** Whether repository and revision exist, but the file does not. */
  static boolean isNoEntry(HttpHeaders headers) {
    String code = headers.firstValue(CODE).orElse("");
    // A server that only stores files, such as a mirror, sends no codes.
    return code.equals("EntryNotFound") || code.isEmpty();
  }

  static CheckpointException of(HubClient client, String file, HttpResponse<?> answer) {
    HttpHeaders headers = answer.headers();
    HubName name = client.name();
    String page = client.settings().endpoint() + "/" + name.id();
    boolean hasToken = client.settings().token() != null;
    int status = answer.statusCode();
    String said = headers.firstValue("X-Error-Message").map(HubRefusal::said).orElse("");
    String code = headers.firstValue(CODE).orElse("");
    return new CheckpointException(
        switch (code) {
          case "GatedRepo" ->
              "%s is gated: accept its terms at %s, %s%s"
                  .formatted(
                      name.id(),
                      page,
                      hasToken
                          ? "with the account of the token that was sent, which has no access yet"
                          : "and set HF_TOKEN to a token of the account that did, or log in with 'hf auth login'",
                      said);
          case "RepoNotFound" ->
              "%s has no model %s, or it is private: check the name%s%s"
                  .formatted(
                      client.settings().endpoint(),
                      name.id(),
                      hasToken
                          ? ", and whether the token that was sent may read it"
                          : ", and set HF_TOKEN if it is private",
                      said);
          case "RevisionNotFound" ->
              "%s has no revision '%s': %s/tree/main lists its branches and tags%s"
                  .formatted(name.id(), name.revision(), page, said);
          case "EntryNotFound" -> "%s has no file %s%s".formatted(name, file, said);
          case "DisabledRepo" ->
              "%s has been disabled at %s%s"
                  .formatted(name.id(), client.settings().endpoint(), said);
          default -> other(client, file, status, hasToken, said);
        });
  }

  private static String other(
      HubClient client, String file, int status, boolean hasToken, String said) {
    String what =
        "%s answers %s for %s of %s"
            .formatted(client.settings().endpoint(), status, file, client.name());
    return switch (status) {
      case 401 ->
          "%s: %s%s"
              .formatted(
                  what,
                  hasToken
                      ? "the token that was sent is not valid; make a new one, or unset HF_TOKEN for what is public"
                      : "there is no such model, or it needs a token; check the name, and set HF_TOKEN",
                  said);
      case 403 ->
          "%s: %s%s"
              .formatted(
                  what,
                  hasToken
                      ? "the token that was sent may not read this; give it the right to read this repository"
                      : "it needs a token; set HF_TOKEN",
                  said);
      case 404 -> "%s: there is no such model or revision; check the name%s".formatted(what, said);
      case 407 ->
          "%s, which is the word of a proxy: put its user and password into HTTPS_PROXY or HTTP_PROXY, as in http://user:password@proxy:3128; for https start Java with -Djdk.http.auth.tunneling.disabledSchemes= (and nothing behind it), else it tells a proxy no password%s"
              .formatted(what, said);
      default -> what + said;
    };
  }

  /** The server's own words, on one line. */
  private static String said(String words) {
    String some = Shown.start(words.replaceAll("[\\p{Cntrl}]+", " ").strip(), 200);
    return some.isEmpty() ? "" : String.format(Locale.ROOT, " (the hub says: %s)", some);
  }
}
