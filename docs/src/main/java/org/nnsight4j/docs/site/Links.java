package org.nnsight4j.docs.site;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeSet;

/** What the links of pages lead to. */
public final class Links {
  private final Path root;
  private final Map<Path, Page> pages;

  /**
   * The links of some pages.
   *
   * @param pages by their paths below the root
   */
  public Links(Path root, Map<Path, Page> pages) {
    this.root = root;
    this.pages = pages;
  }

  /** What is wrong, one line each: files and headings that do not exist. */
  public List<String> broken() {
    List<String> broken = new ArrayList<>();
    for (Page page : pages.values()) {
      for (String target : page.targets()) {
        if (!isExternal(target)) {
          check(page, target, broken);
        }
      }
    }
    return broken;
  }

  private void check(Page page, String target, List<String> broken) {
    Path path = path(page.path(), target);
    String anchor = anchor(target);
    if (!Files.exists(root.resolve(path))) {
      broken.add("%s links to %s, which does not exist".formatted(page.path(), target));
    } else if (!anchor.isEmpty()) {
      Page there = pages.get(path);
      if (there == null
          || there.headings().stream().noneMatch(heading -> heading.anchor().equals(anchor))) {
        broken.add(
            "%s links to %s, but %s has no such heading".formatted(page.path(), target, path));
      }
    }
  }

  /** The addresses outside of the repository, sorted, each with a page that has it. */
  public List<String> external() {
    TreeSet<String> found = new TreeSet<>();
    for (Page page : pages.values()) {
      page.targets().stream()
          .filter(Links::isExternal)
          .forEach(target -> found.add(target + "  (" + page.path() + ")"));
    }
    return List.copyOf(found);
  }

  static boolean isExternal(String target) {
    return target.matches("[a-z]+:.*");
  }

  /** The file that a link of a page means, below the root. */
  static Path path(Path page, String target) {
    String file = target.replaceFirst("#.*", "");
    return file.isEmpty() ? page : page.resolveSibling(file).normalize();
  }

  /** The part after #, or nothing. */
  static String anchor(String target) {
    int mark = target.indexOf('#');
    return mark < 0 ? "" : target.substring(mark + 1);
  }
}
