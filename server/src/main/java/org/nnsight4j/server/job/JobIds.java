package org.nnsight4j.server.job;

import java.security.SecureRandom;
import java.util.UUID;
import java.util.regex.Pattern;

/** Ids of jobs: UUIDs of version 7, which only the server makes, sortable by time. */
public final class JobIds {
  private static final SecureRandom RANDOM = new SecureRandom();
  private static final Pattern FORM =
      Pattern.compile("[0-9a-f]{8}-[0-9a-f]{4}-7[0-9a-f]{3}-[89ab][0-9a-f]{3}-[0-9a-f]{12}");

  private JobIds() {}

  public static String next(long millis) {
    byte[] random = new byte[10];
    RANDOM.nextBytes(random);
    long high = millis << 16 | 0x7000L | (random[0] & 0x0fL) << 8 | (random[1] & 0xffL);
    long low = 0;
    for (int i = 2; i < random.length; i++) {
      low = low << 8 | (random[i] & 0xffL);
    }
    low = low & 0x3fff_ffff_ffff_ffffL | 0x8000_0000_0000_0000L;
    return new UUID(high, low).toString();
  }

  public static boolean wellFormed(String id) {
    return FORM.matcher(id).matches();
  }
}
