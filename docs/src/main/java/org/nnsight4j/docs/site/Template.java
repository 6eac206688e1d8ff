package org.nnsight4j.docs.site;

import static java.util.stream.Collectors.joining;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Objects;

/** The frame of all pages: head, navigation, and the way to the next page. */
final class Template {
  private static final Path CSS = Path.of("site.css");

  private final Map<Path, Page> pages;
  private final Navigation navigation;
  private final List<Path> order;

  Template(Map<Path, Page> pages, Navigation navigation) {
    this.pages = pages;
    this.navigation = navigation;
    this.order = navigation.order();
  }

  String page(Page page, String body) {
    return framed(page.path(), page.title(), body + neighbours(page.path()));
  }

  /** A file of the repository, with its code in colours. */
  String source(Path path, String text) {
    String name = path.getFileName().toString();
    String language = name.substring(name.lastIndexOf('.') + 1);
    return framed(
        path,
        name,
        "<h1>%s</h1>\n<p class=\"path\">%s</p>\n<pre class=\"code\"><code>%s</code></pre>\n"
            .formatted(
                Highlighter.escape(name),
                Highlighter.escape(shown(path)),
                Highlighter.html(language, text)));
  }

  /** A folder of the repository; what is a page is a link. */
  String folder(Path path, List<Path> entries) {
    String items =
        entries.stream()
            .map(
                entry ->
                    pages.containsKey(entry)
                        ? "<li>%s</li>".formatted(link(path, entry, title(entry)))
                        : "<li><code>%s</code></li>"
                            .formatted(Highlighter.escape(entry.getFileName().toString())))
            .collect(joining("\n"));
    return framed(
        path,
        shown(path),
        "<h1>%s</h1>\n<ul>\n%s\n</ul>\n".formatted(Highlighter.escape(shown(path)), items));
  }

  /** What the search looks through: pages and their headings. */
  String searchIndex() {
    List<String> entries = new ArrayList<>();
    for (Page page : pages.values()) {
      for (Page.Section heading : page.headings()) {
        entries.add(
            "[%s,%s,%s]"
                .formatted(
                    text(heading.text()),
                    text(page.title()),
                    text(shown(Site.place(page.path())) + "#" + heading.anchor())));
      }
    }
    return "window.searchIndex = [\n" + String.join(",\n", entries) + "\n];\n";
  }

  private static String text(String text) {
    return "\"" + text.replace("\\", "\\\\").replace("\"", "\\\"").replace("<", "\\u003c") + "\"";
  }

  private String framed(Path path, String title, String body) {
    Path here = Site.place(path);
    String home = Renderer.relative(here, CSS).replace("site.css", "");
    return """
    <!DOCTYPE html>
    <html lang="en">
    <head>
    <meta charset="utf-8">
    <meta name="viewport" content="width=device-width, initial-scale=1">
    <meta name="color-scheme" content="light dark">
    <title>%s · nnsight4j</title>
    <link rel="stylesheet" href="%ssite.css">
    <script defer src="%ssearch-index.js"></script>
    <script defer src="%ssite.js" data-home="%s"></script>
    </head>
    <body>
    <a class="skip" href="#text">To the text</a>
    <header><a class="name" href="%sindex.html">nnsight4j</a>
    <div class="search"><input id="search" type="search" placeholder="Search" aria-label="Search" autocomplete="off"><ul id="found"></ul></div></header>
    <details class="menu" open><summary>Pages</summary><nav aria-label="Pages">
    %s</nav></details>
    <main id="text">
    %s</main>
    </body>
    </html>
    """
        .formatted(Highlighter.escape(title), home, home, home, home, home, menu(path), body);
  }

  private String menu(Path here) {
    StringBuilder menu = new StringBuilder();
    navigation
        .groups()
        .forEach(
            (title, group) -> {
              menu.append("<h2>").append(Highlighter.escape(title)).append("</h2>\n<ul>\n");
              for (Path each : group) {
                menu.append("<li>").append(link(here, each, title(each)));
                List<Path> inside = navigation.inside(each);
                if (each.equals(here) || inside.contains(here)) {
                  menu.append(inside.isEmpty() ? sections(here) : list(here, inside));
                }
                menu.append("</li>\n");
              }
              menu.append("</ul>\n");
            });
    return menu.toString();
  }

  private String list(Path here, List<Path> some) {
    return some.stream()
        .map(
            each ->
                "<li>"
                    + link(here, each, title(each))
                    + (each.equals(here) ? sections(here) : "")
                    + "</li>")
        .collect(joining("\n", "\n<ul>\n", "\n</ul>\n"));
  }

  /** The headings of the page that is open. */
  private String sections(Path here) {
    List<Page.Section> second =
        Objects.requireNonNull(pages.get(here)).headings().stream()
            .filter(heading -> heading.level() == 2)
            .toList();
    return second.isEmpty()
        ? ""
        : second.stream()
            .map(
                heading ->
                    "<li><a href=\"#%s\">%s</a></li>"
                        .formatted(heading.anchor(), Highlighter.escape(heading.text())))
            .collect(joining("\n", "\n<ul class=\"sections\">\n", "\n</ul>\n"));
  }

  private String neighbours(Path here) {
    int at = order.indexOf(here);
    if (at < 0) {
      return "";
    }
    String before = at == 0 ? "" : link(here, order.get(at - 1), "← " + title(order.get(at - 1)));
    String after =
        at == order.size() - 1
            ? ""
            : link(here, order.get(at + 1), title(order.get(at + 1)) + " →");
    return "<footer><span>%s</span><span>%s</span></footer>\n".formatted(before, after);
  }

  private String link(Path from, Path to, String text) {
    return "<a%s href=\"%s\">%s</a>"
        .formatted(
            from.equals(to) ? " aria-current=\"page\"" : "",
            Renderer.relative(Site.place(from), Site.place(to)),
            Highlighter.escape(text));
  }

  private String title(Path path) {
    Page page = pages.get(path);
    return page == null ? shown(path) : page.title();
  }

  private static String shown(Path path) {
    return path.toString().replace('\\', '/');
  }
}
