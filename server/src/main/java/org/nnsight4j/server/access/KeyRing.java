package org.nnsight4j.server.access;

import java.nio.charset.StandardCharsets;
import java.security.MessageDigest;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.util.Base64;
import java.util.HexFormat;
import java.util.List;
import java.util.Optional;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.internal.digest.Sha256;
import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.store.ApiKeys;
import org.nnsight4j.server.store.ApiKeys.Key;
import org.nnsight4j.server.store.ApiKeys.Role;
import org.nnsight4j.server.store.KeyUsage;
import org.nnsight4j.server.store.Quota;

/**
 * Makes and checks API keys: {@code nn4_ID_SECRET}. The secret has 256 random bits and is shown
 * once; its hash is kept and compared in constant time.
 */
public final class KeyRing {
  /** A key with its secret, to be shown once. */
  public record NewKey(Key key, String text) {}

  private static final Pattern FORM = Pattern.compile("nn4_([a-z2-7]{10})_([A-Za-z0-9_-]{43})");
  private static final String NOBODY = HexFormat.of().formatHex(new byte[32]);
  private static final String ID_LETTERS = "abcdefghijklmnopqrstuvwxyz234567";
  private static final int ID_LENGTH = 10;
  private static final String ADMIN = "admin";
  private static final int SECRET_BYTES = 32;

  private final ApiKeys keys;
  private final Clock clock;
  private final SecureRandom random = new SecureRandom();

  public KeyRing(ApiKeys keys, Clock clock) {
    this.keys = keys;
    this.clock = clock;
  }

  /** The key for the operator, which only the first start makes. */
  public Optional<NewKey> first() {
    if (!keys.none()) {
      return Optional.empty();
    }
    NewKey key = make(ADMIN, "first key", Role.ADMIN, Priority.INTERACTIVE, null, Quota.NONE);
    return keys.add(key.key, true) ? Optional.of(key) : Optional.empty();
  }

  /** Another key for the administrator. */
  public NewKey forAdmin(String label) {
    return create(ADMIN, label, Role.ADMIN, Priority.INTERACTIVE, null);
  }

  public NewKey create(
      String owner, String label, Role role, Priority highest, @Nullable Instant expiresAt) {
    return create(owner, label, role, highest, expiresAt, Quota.NONE);
  }

  /** Makes a key with a quota. */
  public NewKey create(
      String owner,
      String label,
      Role role,
      Priority highest,
      @Nullable Instant expiresAt,
      Quota quota) {
    NewKey key = make(owner, label, role, highest, expiresAt, quota);
    keys.add(key.key, false);
    return key;
  }

  private NewKey make(
      String owner,
      String label,
      Role role,
      Priority highest,
      @Nullable Instant expiresAt,
      Quota quota) {
    StringBuilder id = new StringBuilder();
    for (int i = 0; i < ID_LENGTH; i++) {
      id.append(ID_LETTERS.charAt(random.nextInt(ID_LETTERS.length())));
    }
    byte[] bytes = new byte[SECRET_BYTES];
    random.nextBytes(bytes);
    String secret = Base64.getUrlEncoder().withoutPadding().encodeToString(bytes);
    Key key =
        new Key(
            id.toString(),
            owner,
            label,
            Sha256.of(secret),
            role,
            highest,
            clock.instant(),
            expiresAt,
            null,
            quota);
    return new NewKey(key, "nn4_%s_%s".formatted(id, secret));
  }

  /** The owner of this key; empty if the key is not valid. */
  public Optional<Caller> check(String text) {
    Matcher form = FORM.matcher(text);
    if (!form.matches()) {
      return Optional.empty();
    }
    Optional<Key> known = keys.find(form.group(1));
    // An unknown id takes as long as a wrong secret.
    String expected = known.map(Key::secretSha256).orElse(NOBODY);
    boolean equal =
        MessageDigest.isEqual(
            expected.getBytes(StandardCharsets.US_ASCII),
            Sha256.of(form.group(2)).getBytes(StandardCharsets.US_ASCII));
    return known
        .filter(key -> equal && key.valid(clock.instant()))
        .map(key -> new Caller(key.id(), key.owner(), key.role(), key.highestPriority()));
  }

  /** The public part of a text, if it has the form of a key. */
  public static Optional<String> id(String text) {
    Matcher form = FORM.matcher(text);
    return form.matches() ? Optional.of(form.group(1)) : Optional.empty();
  }

  /** Whether a key that was valid still is. */
  public boolean isValid(String id) {
    return keys.find(id).filter(key -> key.valid(clock.instant())).isPresent();
  }

  public List<Key> list() {
    return keys.list();
  }

  /** Changes what a key may be used for; false if there is none that is valid. */
  public boolean change(String id, Quota quota) {
    return keys.change(id, quota);
  }

  /** What a key has used. */
  public KeyUsage.Used used(String id) {
    return keys.used(id, clock.instant());
  }

  public boolean revoke(String id) {
    return keys.revoke(id, clock.instant());
  }
}
