package org.nnsight4j.processor.model;

import java.util.HashSet;
import java.util.Set;

/** Names that are taken; a second claim of {@code BlockNode} yields {@code BlockNode2}. */
public final class UniqueNames {
  private final Set<String> taken;

  public UniqueNames(Set<String> taken) {
    this.taken = new HashSet<>(taken);
  }

  public String claim(String base) {
    String name = base;
    for (int i = 2; !taken.add(name); i++) {
      name = base + i;
    }
    return name;
  }
}
