package org.nnsight4j.engine;

import ai.djl.ndarray.NDArray;

/**
 * A model's keyword input {@code token_type_ids}, INT64 {@code [batch, position]}: which text of a
 * pair each token is of.
 */
public final class TokenTypes {
  private final HookPoint tap;

  public TokenTypes(Parts parts, String path) {
    this.tap = parts.output(path);
  }

  /** Shows the types of a pass; gives those to go on with. */
  public NDArray show(Pass pass, NDArray ids) {
    return tap.show(pass, pass.tokenTypes(ids));
  }
}
