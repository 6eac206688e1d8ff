package org.nnsight4j.arch;

import java.util.function.Supplier;
import org.nnsight4j.arch.Decoder.Hidden;
import org.nnsight4j.values.Value;

/** A layer whose MLP reads the residual stream after attention has added to it. */
public final class SequentialBlock {
  private final Supplier<Value<Hidden>> middle;

  SequentialBlock(Supplier<Value<Hidden>> middle) {
    this.middle = middle;
  }

  /**
   * The residual stream between attention and MLP (TransformerLens's {@code hook_resid_mid});
   * {@code [batch, position, hidden]}. In most families no module outputs it, so it is a sum that
   * can be read but not written; to change it, write {@link DecoderLayer#attentionOut()}.
   */
  public Value<Hidden> middle() {
    return middle.get();
  }
}
