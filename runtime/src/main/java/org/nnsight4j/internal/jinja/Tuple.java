package org.nnsight4j.internal.jinja;

import java.util.AbstractList;
import java.util.List;

/** Python's tuple, which looks like a list and never equals one. */
final class Tuple extends AbstractList<Object> {
  private final List<Object> values;

  Tuple(List<?> values) {
    this.values = List.copyOf(values);
  }

  @Override
  public Object get(int index) {
    return values.get(index);
  }

  @Override
  public int size() {
    return values.size();
  }
}
