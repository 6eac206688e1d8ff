package org.nnsight4j.processor.model;

import java.util.HashSet;
import java.util.Locale;
import java.util.Set;

/**
 * Names that are taken; a second claim of {@code BlockNode} yields {@code BlockNode2}. Names that
 * differ only in case count as one, because they become files, and many file systems ignore case.
 */
public final class UniqueNames {
  private final Set<String> taken;

  public UniqueNames(Set<String> taken) {
    this.taken = new HashSet<>();
    taken.forEach(name -> this.taken.add(name.toLowerCase(Locale.ROOT)));
  }

  public String claim(String base) {
    String name = base;
    for (int i = 2; !taken.add(name.toLowerCase(Locale.ROOT)); i++) {
      name = base + i;
    }
    return name;
  }
}
