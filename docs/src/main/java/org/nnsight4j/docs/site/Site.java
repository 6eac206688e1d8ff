package org.nnsight4j.docs.site;

import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.TreeSet;
import java.util.stream.Stream;

/**
 * The documentation as a site of plain files. Each Markdown file is a page at the same place, each
 * file of the repository that a page links to is a page with its text, and each linked folder a
 * list; so every link works without a network and without the repository.
 */
public final class Site {
  private static final List<String> ASSETS = List.of("site.css", "site.js");

  private final Path root;
  private final Path out;
  private final Map<Path, Page> pages;
  private final Navigation navigation;
  private final Template template;

  private Site(Path root, Path out) throws IOException {
    this.root = root;
    this.out = out;
    this.pages = pages(root);
    this.navigation = new Navigation(pages);
    this.template = new Template(pages, navigation);
  }

  /**
   * Writes the site.
   *
   * @param args the root of the repository, and the folder to write to
   */
  public static void main(String[] args) throws IOException {
    Path root = Path.of(args[0]).toAbsolutePath().normalize();
    Path out = Path.of(args[1]).toAbsolutePath().normalize();
    int count = build(root, out);
    System.out.println(count + " pages: " + out.resolve("index.html"));
  }

  /**
   * Writes the site of a repository to a folder.
   *
   * @return the number of pages
   * @throws IllegalStateException if a link leads nowhere
   */
  public static int build(Path root, Path out) throws IOException {
    Site site = new Site(root, out);
    List<String> broken = new Links(root, site.pages).broken();
    if (!broken.isEmpty()) {
      throw new IllegalStateException(String.join("\n", broken));
    }
    return site.write();
  }

  /** Every Markdown file of the documentation, by its path below the root. */
  public static Map<Path, Page> pages(Path root) throws IOException {
    Map<Path, Page> pages = new LinkedHashMap<>();
    List<Path> files =
        new ArrayList<>(List.of(root.resolve("README.md"), root.resolve("CONTRIBUTING.md")));
    try (Stream<Path> docs = Files.walk(root.resolve("docs"))) {
      docs.filter(file -> file.toString().endsWith(".md"))
          .filter(file -> !root.relativize(file).startsWith(Path.of("docs", "src")))
          .filter(file -> !root.relativize(file).startsWith(Path.of("docs", "target")))
          .sorted()
          .forEach(files::add);
    }
    for (Path file : files) {
      Page page = Page.read(root, file);
      pages.put(page.path(), page);
    }
    return pages;
  }

  private int write() throws IOException {
    TreeSet<Path> others = new TreeSet<>();
    for (Page page : pages.values()) {
      String body =
          Renderer.boxed(Renderer.html(page, target -> address(page.path(), target, others)));
      write(place(page.path()), template.page(page, body));
    }
    for (Path other : others) {
      if (Files.isDirectory(root.resolve(other))) {
        write(place(other), template.folder(other, entries(other)));
      } else {
        write(place(other), template.source(other, Files.readString(root.resolve(other))));
      }
    }
    for (String asset : ASSETS) {
      try (InputStream in = Objects.requireNonNull(Site.class.getResourceAsStream(asset), asset)) {
        Files.copy(in, out.resolve(asset), StandardCopyOption.REPLACE_EXISTING);
      }
    }
    write(Path.of("search-index.js"), template.searchIndex());
    Files.write(out.resolve("external-links.txt"), new Links(root, pages).external());
    return pages.size();
  }

  private void write(Path place, String text) throws IOException {
    Path file = out.resolve(place);
    Files.createDirectories(Objects.requireNonNull(file.getParent()));
    Files.writeString(file, text, StandardCharsets.UTF_8);
  }

  /** Where a link leads; files of the repository are noted, to be written too. */
  private String address(Path from, String target, TreeSet<Path> others) {
    if (Links.isExternal(target) || target.startsWith("#")) {
      return target;
    }
    Path path = Links.path(from, target);
    String anchor = Links.anchor(target);
    if (path.toString().endsWith(".svg")) {
      copy(path);
      return Renderer.relative(from, path);
    }
    if (!pages.containsKey(path)) {
      others.add(path);
    }
    return Renderer.relative(place(from), place(path)) + (anchor.isEmpty() ? "" : "#" + anchor);
  }

  private void copy(Path picture) {
    Path to = out.resolve(picture);
    try {
      Files.createDirectories(Objects.requireNonNull(to.getParent()));
      Files.copy(root.resolve(picture), to, StandardCopyOption.REPLACE_EXISTING);
    } catch (IOException e) {
      throw new IllegalStateException("cannot copy %s to %s: %s".formatted(picture, to, e), e);
    }
  }

  private List<Path> entries(Path folder) throws IOException {
    try (Stream<Path> files = Files.list(root.resolve(folder))) {
      return files
          .map(root::relativize)
          .filter(
              path -> !path.endsWith("target") && !path.getFileName().toString().startsWith("."))
          .sorted()
          .toList();
    }
  }

  /** The file of the site for a file or folder of the repository. */
  static Path place(Path path) {
    String name = path.getFileName().toString();
    if (path.equals(Path.of("README.md"))) {
      return Path.of("index.html");
    }
    if (name.equals("README.md")) {
      return path.resolveSibling("index.html");
    }
    return name.endsWith(".md")
        ? path.resolveSibling(name.replaceFirst("\\.md$", ".html"))
        : path.resolveSibling(name + ".html");
  }
}
