package org.nnsight4j.toolkit.browser;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assumptions.assumeTrue;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.Objects;
import java.util.Optional;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.toolkit.figure.Figure;

/**
 * Each kind of figure in a real Chromium: no errors, no requests, numbers told to pointer and keys,
 * text that can be read, in light and in dark. Screenshots are left in target/figures.
 */
@Tag("nightly")
final class FiguresInBrowserTest {
  private static final int WIDTH = 1400;
  private static final int HEIGHT = 900;

  /**
   * The least contrast of all text in sight, by WCAG 2: the colour of each text against the topmost
   * shape below it.
   */
  private static final String LEAST_CONTRAST =
      """
      (() => {
        const parse = (text) => (text.match(/[\\d.]+/g) || []).map(Number);
        const light = (c) => { const s = c / 255; return s <= 0.04045 ? s / 12.92 : ((s + 0.055) / 1.055) ** 2.4; };
        const luminance = ([r, g, b]) => 0.2126 * light(r) + 0.7152 * light(g) + 0.0722 * light(b);
        const page = parse(getComputedStyle(document.body).backgroundColor);
        let least = { ratio: 99, text: '', count: 0 };
        for (const text of document.querySelectorAll('text, tspan, p, h1')) {
          if (!text.textContent.trim() || text.querySelector('tspan')) continue;
          const svg = text instanceof SVGElement;
          const style = getComputedStyle(text);
          const ink = parse(svg ? style.fill : style.color);
          const box = text.getBoundingClientRect();
          const x = box.left + box.width / 2;
          const y = box.top + box.height / 2;
          const around = document.getElementById('figure').getBoundingClientRect();
          if (x < 0 || y < 0 || x > innerWidth || y > Math.min(innerHeight, svg ? around.bottom : 1e9)) continue;
          let below = page;
          for (const shape of document.elementsFromPoint(x, y)) {
            if (!(shape instanceof SVGElement) || /^(text|tspan|svg|g|title)$/.test(shape.tagName)) continue;
            const own = getComputedStyle(shape);
            const colour = own.fill !== 'none' ? own.fill : own.stroke;
            const parts = parse(colour);
            if (colour === 'none' || (parts.length === 4 && parts[3] === 0)) continue;
            below = parts;
            break;
          }
          const [a, b] = [luminance(ink), luminance(below)];
          const ratio = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
          const count = least.count + 1;
          if (ratio < least.ratio) least = { ratio, text: text.textContent, ink, below };
          least.count = count;
        }
        return least;
      })()
      """;

  /** The middle of the first thing that tells something, below the head of the figure. */
  private static final String FIRST =
      """
      (() => {
        const mark = document.querySelector('[data-h]') || document.querySelector('#heads canvas');
        const svg = document.querySelector('#figure svg');
        if (mark) {
          const box = mark.getBoundingClientRect();
          return [box.left + box.width / 2, box.top + box.height / 2];
        }
        const data = JSON.parse(document.getElementById('data').textContent);
        const box = svg.getBoundingClientRect();
        return [box.left + data.lefts[0] + 3, box.top + data.tops[0] + 3];
      })()
      """;

  @TempDir private static Path folder;
  private static @Nullable Chromium chromium;

  @BeforeAll
  static void open() throws Exception {
    Optional<Path> program = Chromium.find();
    assumeTrue(
        program.isPresent(),
        "no Chromium on the PATH (chromium, chromium-browser, google-chrome) and none named by NNSIGHT4J_CHROMIUM, so no figure was opened in a browser");
    chromium = new Chromium(program.orElseThrow(), folder.resolve("profile"));
  }

  @AfterAll
  static void close() throws Exception {
    if (chromium != null) {
      chromium.close();
    }
  }

  private static Chromium browser() {
    return Objects.requireNonNull(chromium);
  }

  static Stream<String> names() {
    return Figures.all().keySet().stream();
  }

  private static Path page(String name) throws Exception {
    Figure figure = Objects.requireNonNull(Figures.all().get(name));
    String html = figure.html();
    assertWithMessage("the same bytes").that(Figures.all().get(name).html()).isEqualTo(html);
    assertWithMessage(name).that(html.length()).isLessThan(200_000);
    return Files.writeString(folder.resolve(name + ".html"), html);
  }

  private static void shoot(String name) throws Exception {
    Path shots = Files.createDirectories(Path.of("target", "figures"));
    Files.write(shots.resolve(name + ".png"), browser().screenshot());
  }

  private static String told() throws Exception {
    return browser().evaluate("document.getElementById('told').textContent").asText();
  }

  @ParameterizedTest
  @MethodSource("names")
  void worksForPointerAndKeys(String name) throws Exception {
    Path page = page(name);
    browser().open(page, WIDTH, HEIGHT, false);
    assertThat(browser().requests()).containsExactly(page.toUri().toString());
    JsonNode first = browser().evaluate(FIRST);
    browser().move(first.get(0).asDouble(), first.get(1).asDouble());
    String pointed = told();
    assertWithMessage("under the pointer").that(pointed).isNotEmpty();
    browser().move(1, 1);
    browser().evaluate("document.getElementById('figure').focus()");
    browser().key("ArrowDown");
    browser().key("ArrowRight");
    String first2 = told();
    Set<String> seen = new HashSet<>(Set.of(first2));
    for (String key : new String[] {"ArrowRight", "ArrowUp", "ArrowLeft", "ArrowDown"}) {
      browser().key(key);
      seen.add(told());
    }
    assertWithMessage("by keys").that(seen.size()).isAtLeast(2);
    assertThat(browser().errors()).isEmpty();
    shoot(name);
  }

  @ParameterizedTest
  @MethodSource("names")
  void canBeReadInLightAndDark(String name) throws Exception {
    Path page = page(name);
    String background = "getComputedStyle(document.body).backgroundColor";
    browser().open(page, WIDTH, HEIGHT, false);
    String light = browser().evaluate(background).asText();
    assertReadable(name + ", light");
    browser().open(page, WIDTH, HEIGHT, true);
    assertThat(browser().evaluate(background).asText()).isNotEqualTo(light);
    assertReadable(name + ", dark");
    shoot(name + "-dark");
    assertThat(browser().errors()).isEmpty();
  }

  private static void assertReadable(String what) throws Exception {
    JsonNode least = browser().evaluate(LEAST_CONTRAST);
    assertWithMessage("%s: texts in sight", what).that(least.get("count").asInt()).isAtLeast(1);
    assertWithMessage("%s: %s", what, least).that(least.get("ratio").asDouble()).isAtLeast(4.5);
  }

  /** The number of things that a reader can count. */
  @ParameterizedTest
  @MethodSource("names")
  void hasItsParts(String name) throws Exception {
    browser().open(page(name), WIDTH, HEIGHT, false);
    switch (name) {
      case "lens" -> {
        assertCount("text tspan, g > text", 36 * 2, true);
        assertCount("[aria-hidden=true] rect", 33, true);
      }
      case "map" ->
          assertThat(
                  browser()
                      .evaluate(
                          "JSON.parse(document.getElementById('data').textContent).rows.length")
                      .asInt())
              .isEqualTo(128);
      case "attention" -> {
        assertCount("#heads canvas", 144, false);
        assertCount("#heads canvas[aria-selected]", 0, true);
      }
      case "tokens" -> assertCount("[data-h]", 5, false);
      case "lines" -> assertCount("circle[data-h]", 8, false);
      case "bars" -> assertCount("[data-h]", 2, false);
      case "graph" -> {
        assertCount("g[data-h]", 39, false);
        int edges = browser().evaluate("document.querySelectorAll('path[data-e]').length").asInt();
        browser().evaluate("document.querySelectorAll('g[data-h]')[0].focus()");
        int faint =
            browser()
                .evaluate(
                    "[...document.querySelectorAll('path[data-e]')].filter(e => e.style.opacity).length")
                .asInt();
        assertThat(faint).isAtLeast(1);
        assertThat(faint).isLessThan(edges);
        // No two boxes cover each other.
        assertThat(
                browser()
                    .evaluate(
                        """
                        (() => {
                          const boxes = [...document.querySelectorAll('g[data-h] rect')].map(e => e.getBoundingClientRect());
                          let over = 0;
                          boxes.forEach((a, i) => boxes.forEach((b, j) => {
                            if (i < j && a.left < b.right && b.left < a.right && a.top < b.bottom && b.top < a.bottom) over++;
                          }));
                          return over;
                        })()
                        """)
                    .asInt())
            .isEqualTo(0);
      }
      case "dashboard" -> {
        // Bins, logits, and the tokens of 13 texts.
        assertCount("[data-h]", 40 + 20 + 13 * 24, false);
        assertCount("[aria-hidden=true]", 1, false);
      }
      default -> throw new AssertionError("no parts are known of " + name);
    }
  }

  private static void assertCount(String selector, int count, boolean orMore) throws Exception {
    int found = browser().evaluate("document.querySelectorAll('" + selector + "').length").asInt();
    if (orMore) {
      assertWithMessage(selector).that(found).isAtLeast(count);
    } else {
      assertWithMessage(selector).that(found).isEqualTo(count);
    }
  }

  /** Long ones scroll inside of their frame, and the page does not. */
  @ParameterizedTest
  @MethodSource("names")
  void theFrameScrolls(String name) throws Exception {
    browser().open(page(name), 500, 400, false);
    assertThat(browser().evaluate("document.documentElement.scrollWidth <= innerWidth").asBoolean())
        .isTrue();
  }
}
