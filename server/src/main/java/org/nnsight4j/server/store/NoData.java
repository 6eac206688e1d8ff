package org.nnsight4j.server.store;

import com.github.kagkarlsson.scheduler.serializer.Serializer;

/**
 * Tasks carry the id of their job and nothing else. The scheduler's default would be Java
 * serialization.
 */
public final class NoData implements Serializer {
  private static final byte[] NOTHING = {};

  @Override
  public byte[] serialize(Object data) {
    return NOTHING;
  }

  @Override
  @SuppressWarnings("NullAway") // There is no data, and the scheduler expects null for that.
  public <T> T deserialize(Class<T> type, byte[] data) {
    return null;
  }
}
