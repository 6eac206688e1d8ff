package org.nnsight4j.internal.record;

import java.util.Set;
import org.nnsight4j.arch.Scope;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.Port;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.graph.RecordedValue;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.values.Value;

/** The sites of one module while it is applied to a value. */
@NotUserCode
public final class CallScope implements Scope {
  private final InvokerScope invoker;
  private String module = "";
  private final Meta argument;
  private int call = -1;

  /** The scope of a call that has not been recorded yet. */
  public CallScope(InvokerScope invoker, Value<?> argument) {
    this.invoker = invoker;
    this.argument = new Meta(argument.shape(), argument.dtype());
  }

  /** Records the call of a module; from now on its sites are those of this call. */
  public void call(String path, Value<?> value) {
    Value<?> result = invoker.apply(path, value);
    module = path;
    call = RecordedValue.of(result).id();
  }

  @Override
  public String architecture() {
    return invoker.architecture();
  }

  @Override
  public <A> Value<A> read(String path, Port port, int element) {
    SiteKey key = new SiteKey(path, port, element);
    invoker.checkOpen(key.toString());
    boolean inside = path.equals(module) || path.startsWith(module + ".");
    if (call < 0 || !inside) {
      throw invoker
          .recording()
          .fail(
              "%s is no part of the call of %s; call(...) gives the sites of the module that it calls"
                  .formatted(key, module),
              UserFrames.here());
    }
    int order = invoker.site(key).order();
    Meta meta = invoker.shapes().siteInCall(key, module, argument);
    return invoker.recording().sites().readInCall(key, call, invoker.invoker(), order, meta);
  }

  @Override
  public <A> Value<A> parameter(String name) {
    return invoker.parameter(name);
  }

  @Override
  public <A> Value<A> apply(String path, Value<?> value) {
    return invoker.apply(path, value);
  }

  @Override
  public void skip(String path, Value<?> value) {
    throw invoker
        .recording()
        .fail(
            "%s cannot be skipped inside a call; write its output instead".formatted(path),
            UserFrames.here());
  }

  @Override
  public int index(String path, int index, String countKey) {
    return invoker.index(path, index, countKey);
  }

  @Override
  public DecoderPlaces decoder() {
    return invoker.decoder();
  }

  @Override
  public Set<String> modules() {
    return invoker.modules();
  }

  @Override
  public RecordingException fail(String message) {
    return invoker.fail(message);
  }
}
