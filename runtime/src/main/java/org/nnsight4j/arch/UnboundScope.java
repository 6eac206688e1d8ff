package org.nnsight4j.arch;

import java.util.Set;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.Port;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.values.Value;

record UnboundScope(String architecture) implements Scope {
  @Override
  public <A> Value<A> read(String path, Port port, int element) {
    throw unbound(path);
  }

  @Override
  public <A> Value<A> parameter(String name) {
    throw unbound(name);
  }

  @Override
  public <A> Value<A> apply(String path, Value<?> argument) {
    throw unbound(path);
  }

  @Override
  public void skip(String path, Value<?> value) {
    throw unbound(path);
  }

  @Override
  public int index(String path, int index, String countKey) {
    if (index < 0) {
      throw new RecordingException(
          Location.at(UserFrames.here()),
          "%s(%s): a negative index counts from the end, and only an opened checkpoint knows the end; use invoker.model()"
              .formatted(path, index));
    }
    return index;
  }

  @Override
  public DecoderPlaces decoder() {
    throw unbound(architecture);
  }

  @Override
  public Set<String> modules() {
    return Set.of();
  }

  @Override
  public RecordingException fail(String message) {
    return new RecordingException(Location.at(UserFrames.here()), message);
  }

  private static RecordingException unbound(String path) {
    return new RecordingException(
        Location.at(UserFrames.here()),
        "'%s' belongs to a model that is not part of a run: use invoker.model(), not a model made by new"
            .formatted(path));
  }
}
