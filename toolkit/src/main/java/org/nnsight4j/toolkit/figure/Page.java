package org.nnsight4j.toolkit.figure;

import com.fasterxml.jackson.databind.JsonNode;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import org.nnsight4j.toolkit.figure.Colour.Mode;

/** A page around a picture: it scrolls, it tells numbers, and it needs nothing from outside. */
final class Page {
  private Page() {}

  /**
   * A page.
   *
   * @param script the name of the script beside this class
   * @param data what the script reads
   */
  static String of(String title, String body, String script, JsonNode data) {
    Mode light = Mode.LIGHT;
    Mode dark = Mode.DARK;
    return """
        <!doctype html>
        <html lang="en">
        <head>
        <meta charset="utf-8">
        <meta name="viewport" content="width=device-width, initial-scale=1">
        <meta name="color-scheme" content="light dark">
        <title>%s</title>
        <style>
        body{margin:1.5rem;background:%s;color:%s;font:13px ui-monospace,Menlo,Consolas,'DejaVu Sans Mono',monospace}
        .scroll{overflow:auto;max-height:85vh;outline-offset:4px}
        #told{min-height:3.2em;white-space:pre-wrap;margin:.6rem 0;position:sticky;bottom:0;background:%s}
        [data-h]:focus,[data-h]:hover{outline:2px solid currentColor}
        @media (prefers-color-scheme:dark){body,#told{background:%s}body{color:%s}}
        </style>
        </head>
        <body>
        <div class="scroll" id="figure" tabindex="0" role="group" aria-label="%s: move with the arrow keys">
        %s</div>
        <p id="told" role="status"></p>
        <script type="application/json" id="data">%s</script>
        <script>
        %s</script>
        </body>
        </html>
        """
        .formatted(
            Labels.xml(title),
            light.page(),
            light.ink(),
            light.page(),
            dark.page(),
            dark.ink(),
            Labels.xml(title),
            body,
            data.toString().replace("<", "\\u003c").replace(">", "\\u003e"),
            script(script));
  }

  private static String script(String name) {
    try (InputStream in = Page.class.getResourceAsStream(name)) {
      if (in == null) {
        throw new IllegalStateException("the toolkit's jar lacks " + name);
      }
      return new String(in.readAllBytes(), StandardCharsets.UTF_8).replace("\r\n", "\n");
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
