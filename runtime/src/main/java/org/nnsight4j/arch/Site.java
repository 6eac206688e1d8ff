package org.nnsight4j.arch;

import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/**
 * A named inner value of a module, such as the attention pattern: it can be read and written, but
 * has no input of its own and cannot be called.
 *
 * @param <A> the width of the value
 */
public interface Site<A extends Axis> {
  /** The value at this site; recorded as a read. */
  Value<A> output();

  /** The dotted path of a site or layer of a generated model, for logs and figures. */
  static String path(Object proxy) {
    return ProxyNode.pathOf(proxy);
  }
}
