package org.nnsight4j.docs;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.docs.site.Links;
import org.nnsight4j.docs.site.Page;
import org.nnsight4j.docs.site.Site;

/** All links of the documentation lead somewhere, and the site is complete without a network. */
final class SiteTest {
  private static final Path ROOT = Path.of("..").toAbsolutePath().normalize();

  /** Files and headings; addresses outside are in target/external-links.txt, for a person. */
  @Test
  void linksLeadSomewhere() throws IOException {
    Links links = new Links(ROOT, Site.pages(ROOT));
    assertThat(links.broken()).isEmpty();
    Files.write(Path.of("target", "external-links.txt"), links.external());
  }

  @Test
  void aLinkThatLeadsNowhereIsFound(@TempDir Path folder) throws IOException {
    Files.createDirectories(folder.resolve("docs"));
    Files.writeString(folder.resolve("README.md"), "# A page\n\n[a](b.md) [c](#a-page) [d](#a)\n");
    Files.writeString(folder.resolve("CONTRIBUTING.md"), "[x](README.md#a-page) [y](http://z)\n");
    Links links = new Links(folder, Site.pages(folder));
    assertThat(links.broken())
        .containsExactly(
            "README.md links to b.md, which does not exist",
            "README.md links to #a, but README.md has no such heading");
    assertThat(links.external()).containsExactly("http://z  (CONTRIBUTING.md)");
  }

  /** Whoever begins at the README or the index finds every page. */
  @Test
  void everyPageIsLinked() throws IOException {
    Map<Path, Page> pages = Site.pages(ROOT);
    Set<Path> found = new TreeSet<>();
    Deque<Path> open = new ArrayDeque<>(List.of(Path.of("README.md")));
    while (!open.isEmpty()) {
      Path path = open.pop();
      if (pages.containsKey(path) && found.add(path)) {
        pages.get(path).targets().stream()
            .filter(target -> !target.contains("://"))
            .map(target -> path.resolveSibling(target.replaceFirst("#.*", "")).normalize())
            .forEach(open::push);
      }
    }
    Set<Path> missing = new TreeSet<>(pages.keySet());
    missing.removeAll(found);
    // The README links their folder.
    missing.removeIf(path -> path.startsWith(Path.of("docs", "decisions")));
    assertThat(missing).isEmpty();
  }

  @Test
  void theSiteIsWholeByItself(@TempDir Path out) throws IOException {
    assertThat(Site.build(ROOT, out)).isAtLeast(90);
    String first = Files.readString(out.resolve("index.html"));
    assertThat(first).contains("<span class=\"k\">import</span> org.nnsight4j.Generator;");
    assertThat(first).doesNotContain("<!-- program");
    assertThat(first).contains("<h2 id=\"run-it\">");
    try (Stream<Path> files = Files.list(ROOT.resolve(Path.of("docs", "api")))) {
      for (Path api : files.toList()) {
        // Linked from the index, so each has a page.
        assertThat(Files.exists(out.resolve("docs/api/" + api.getFileName() + ".html"))).isTrue();
      }
    }
    try (Stream<Path> files = Files.walk(out)) {
      for (Path page : files.filter(file -> file.toString().endsWith(".html")).toList()) {
        Pattern.compile("(?:href|src)=\"([^\"#]+)")
            .matcher(Files.readString(page))
            .results()
            .map(link -> link.group(1))
            .filter(link -> !link.contains("://"))
            .forEach(
                link ->
                    assertWithMessage("%s of %s", link, page)
                        .that(Files.exists(page.resolveSibling(link).normalize()))
                        .isTrue());
        // Nothing is loaded from elsewhere.
        assertThat(Files.readString(page)).doesNotContainMatch("src=\"https?:");
      }
    }
  }
}
