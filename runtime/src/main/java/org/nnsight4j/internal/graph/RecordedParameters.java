package org.nnsight4j.internal.graph;

import java.util.HashMap;
import java.util.Map;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.values.Value;

/**
 * The model's parameters as values: each is read once, and has the value that was last written to
 * it.
 */
public final class RecordedParameters {
  private final Recording recording;
  private final Map<String, RecordedValue<?>> current = new HashMap<>();
  private final Map<Integer, Part> parts = new HashMap<>();

  /**
   * A parameter, or a part of it.
   *
   * @param codes the index of the part; null for all of it
   */
  @SuppressWarnings("ArrayRecordComponent") // Instances are never compared.
  private record Part(String name, long @Nullable [] codes) {}

  RecordedParameters(Recording recording) {
    this.recording = recording;
  }

  /** The value of a parameter as of here. */
  @SuppressWarnings("unchecked") // The descriptor states the width.
  public <A> RecordedValue<A> read(String name, Meta meta) {
    RecordedValue<?> known = current.get(name);
    if (known != null && recording.blocks().hiddenIn(known.id()) == null) {
      return (RecordedValue<A>) known;
    }
    SourceLine line = recording.begin(name);
    RecordedValue<A> value =
        recording.add(new Node.Parameter(recording.size(), name, line), meta, null);
    current.put(name, value);
    parts.put(value.id(), new Part(name, null));
    return value;
  }

  /** Remembers that a value is a part of a parameter, so that the part can be written. */
  void part(RecordedValue<?> whole, RecordedValue<?> part, long[] codes) {
    Part of = parts.get(whole.id());
    if (of != null && of.codes() == null) {
      parts.put(part.id(), new Part(of.name(), codes));
    }
  }

  boolean has(RecordedValue<?> value) {
    return parts.containsKey(value.id());
  }

  /** Replaces a parameter, or a part of it, for the whole run. */
  void write(RecordedValue<?> target, Value<?> value) {
    SourceLine line = recording.begin("set");
    Part part = parts.get(target.id());
    if (part == null) {
      throw new IllegalStateException("no parameter: " + target);
    }
    RecordedValue<?> replacement = recording.arguments().value(value, "set", line);
    if (!Blocks.isWholeRun(recording.blocks().around())) {
      throw recording.fail(
          "set: %s is replaced for the whole run, so not inside a branch, or a loop over some steps; use where(...) to choose a value"
              .formatted(part.name()),
          line);
    }
    recording.writes().checkWritable(part.name(), target.meta(), replacement.meta(), line);
    if (replacement.moment().compareTo(Moment.startOf(0)) > 0) {
      throw recording.fail(
          "set: %s is replaced before the first forward pass, and the value comes from a site in it; take it from an earlier run: try (var session = model.session()) { ... }"
              .formatted(part.name()),
          line);
    }
    RecordedValue<?> old = current.get(part.name());
    Meta meta = old == null ? target.meta() : old.meta();
    RecordedValue<?> whole =
        part.codes() == null
            ? filled(replacement, meta)
            : recording.callHere(null, "put", old, part.codes(), replacement);
    recording.add(
        new Node.ParameterWrite(recording.size(), part.name(), whole.id(), line), meta, null);
    // Others may be tied to it: they are read again.
    current.clear();
    current.put(part.name(), whole);
    parts.put(whole.id(), new Part(part.name(), null));
  }

  /** The value in the shape and type of the parameter, so that it is read as it will be used. */
  private RecordedValue<?> filled(RecordedValue<?> value, Meta meta) {
    RecordedValue<?> typed =
        value.dtype() == meta.dtype()
            ? value
            : recording.callHere(null, "cast", value, meta.dtype().name());
    long[] shape = meta.dims().axes().stream().mapToLong(dim -> dim.size()).toArray();
    return typed.shape().equals(meta.dims())
        ? typed
        : recording.callHere(null, "expand", typed, shape);
  }
}
