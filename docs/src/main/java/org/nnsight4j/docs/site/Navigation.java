package org.nnsight4j.docs.site;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.commonmark.ext.gfm.tables.TableBlock;
import org.commonmark.ext.gfm.tables.TableBody;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.OrderedList;

/**
 * The order of the pages, as docs/README.md has it: each block of that page is a group, and in a
 * table each row.
 */
final class Navigation {
  static final Path INDEX = Path.of("docs", "README.md");

  private final Map<Path, Page> pages;
  private final Map<String, List<Path>> groups = new LinkedHashMap<>();

  Navigation(Map<Path, Page> pages) {
    this.pages = pages;
    Page index = Objects.requireNonNull(pages.get(INDEX), "there is no docs/README.md");
    for (Node block = index.document().getFirstChild(); block != null; block = block.getNext()) {
      if (block instanceof TableBlock) {
        for (Node part = block.getFirstChild(); part != null; part = part.getNext()) {
          for (Node row = part.getFirstChild();
              row != null && part instanceof TableBody;
              row = row.getNext()) {
            add(Page.text(Objects.requireNonNull(row.getFirstChild())), row);
          }
        }
      } else {
        String text = Page.text(block);
        add(
            block instanceof OrderedList
                ? "Start"
                : text.substring(0, Math.max(0, text.indexOf(':'))),
            block);
      }
    }
  }

  private void add(String title, Node block) {
    List<Path> linked = linked(INDEX, block);
    if (!linked.isEmpty()) {
      groups.put(title, linked);
    }
  }

  /** The pages that a part of a page links to. */
  private List<Path> linked(Path page, Node block) {
    List<Path> linked = new ArrayList<>();
    block.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Link link) {
            Path path = Links.path(page, link.getDestination());
            if (!Links.isExternal(link.getDestination())
                && pages.containsKey(path)
                && !linked.contains(path)) {
              linked.add(path);
            }
          }
        });
    return linked;
  }

  Map<String, List<Path>> groups() {
    return groups;
  }

  /** The pages of a folder in the order of its README.md, if that is not the folder of all. */
  List<Path> inside(Path readme) {
    Page page = pages.get(readme);
    if (page == null
        || !readme.endsWith("README.md")
        || readme.equals(INDEX)
        || readme.getNameCount() < 3) {
      return List.of();
    }
    return linked(readme, page.document()).stream()
        .filter(path -> path.startsWith(readme.getParent()) && !path.equals(readme))
        .toList();
  }

  /** All pages in reading order; folders follow their README.md. */
  List<Path> order() {
    List<Path> order = new ArrayList<>();
    for (List<Path> group : groups.values()) {
      for (Path path : group) {
        if (!order.contains(path)) {
          order.add(path);
          inside(path).stream().filter(each -> !order.contains(each)).forEach(order::add);
        }
      }
    }
    return order;
  }
}
