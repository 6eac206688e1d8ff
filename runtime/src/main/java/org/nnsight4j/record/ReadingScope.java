package org.nnsight4j.record;

import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.arch.Scope;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.graph.NotUserCode;
import org.nnsight4j.graph.Port;
import org.nnsight4j.graph.SiteKey;
import org.nnsight4j.graph.UserFrames;
import org.nnsight4j.graph.Value;

/** Records nothing: says which site a chain of proxies would read. */
@NotUserCode
public final class ReadingScope implements Scope {
  private final InvokerScope invoker;
  private @Nullable SiteKey found;

  public ReadingScope(InvokerScope invoker) {
    this.invoker = invoker;
  }

  /**
   * The site that a body reads.
   *
   * @throws RecordingException if the body does anything else
   */
  public SiteKey keyOf(Supplier<? extends Value<?>> body) {
    try {
      Value<?> none = body.get();
      assert none == null;
    } catch (Found read) {
      if (found != null) {
        return found;
      }
    }
    throw other();
  }

  @Override
  public String architecture() {
    return invoker.architecture();
  }

  @Override
  public <A> Value<A> read(String path, Port port, int element) {
    found = new SiteKey(path, port, element);
    throw new Found();
  }

  @Override
  public <A> Value<A> apply(String path, Value<?> argument) {
    throw other();
  }

  @Override
  public void skip(String path, Value<?> value) {
    throw other();
  }

  @Override
  public int index(String path, int index, String countKey) {
    return invoker.index(path, index, countKey);
  }

  private static RecordingException other() {
    return new RecordingException(
        "expected the read of one site, as in model -> model.transformer().h(2).output(0) (at %s)"
            .formatted(UserFrames.here()));
  }

  /** Nothing after the read matters. */
  private static final class Found extends RuntimeException {
    private static final long serialVersionUID = 1L;

    Found() {
      super(null, null, false, false);
    }
  }
}
