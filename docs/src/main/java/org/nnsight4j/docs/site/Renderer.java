package org.nnsight4j.docs.site;

import java.nio.file.Path;
import java.util.Iterator;
import java.util.Map;
import java.util.Set;
import java.util.function.UnaryOperator;
import org.commonmark.node.FencedCodeBlock;
import org.commonmark.node.Heading;
import org.commonmark.node.HtmlBlock;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.renderer.NodeRenderer;
import org.commonmark.renderer.html.HtmlNodeRendererContext;
import org.commonmark.renderer.html.HtmlRenderer;
import org.commonmark.renderer.html.HtmlWriter;

/** Turns the document of a page into HTML: code in colours, headings with their links. */
final class Renderer {
  private Renderer() {}

  /**
   * The HTML of a page's body.
   *
   * @param address where a link of the page leads on the site
   */
  static String html(Page page, UnaryOperator<String> address) {
    Iterator<Page.Section> headings = page.headings().iterator();
    return HtmlRenderer.builder()
        .extensions(Page.EXTENSIONS)
        .attributeProviderFactory(
            context ->
                (node, tag, attributes) -> {
                  if (node instanceof Link link && tag.equals("a")) {
                    attributes.put("href", address.apply(link.getDestination()));
                  } else if (node instanceof Image image && tag.equals("img")) {
                    attributes.put("src", address.apply(image.getDestination()));
                    attributes.put("loading", "lazy");
                  }
                })
        .nodeRendererFactory(context -> new OfCode(context))
        .nodeRendererFactory(context -> new OfHeadings(context, headings))
        .build()
        .render(page.document());
  }

  /** Code blocks, without the comments before them that say where they come from. */
  private record OfCode(HtmlNodeRendererContext context) implements NodeRenderer {
    @Override
    public Set<Class<? extends Node>> getNodeTypes() {
      return Set.of(FencedCodeBlock.class, HtmlBlock.class);
    }

    @Override
    public void render(Node node) {
      HtmlWriter html = context.getWriter();
      if (node instanceof FencedCodeBlock block) {
        String language = block.getInfo() == null ? "" : block.getInfo();
        html.line();
        html.raw("<pre class=\"code %s\"><code>".formatted(Highlighter.escape(language)));
        html.raw(Highlighter.html(language, block.getLiteral()));
        html.raw("</code></pre>");
        html.line();
      } else if (node instanceof HtmlBlock block && !block.getLiteral().startsWith("<!--")) {
        html.raw(block.getLiteral());
      }
    }
  }

  /** Headings that one can link to. */
  private record OfHeadings(HtmlNodeRendererContext context, Iterator<Page.Section> sections)
      implements NodeRenderer {
    @Override
    public Set<Class<? extends Node>> getNodeTypes() {
      return Set.of(Heading.class);
    }

    @Override
    public void render(Node node) {
      Page.Section section = sections.next();
      HtmlWriter html = context.getWriter();
      html.line();
      html.tag("h" + section.level(), Map.of("id", section.anchor()));
      for (Node child = node.getFirstChild(); child != null; child = child.getNext()) {
        context.render(child);
      }
      html.raw(
          "<a class=\"here\" href=\"#%s\" aria-label=\"Link to here\">#</a>"
              .formatted(section.anchor()));
      html.tag("/h" + section.level());
      html.line();
    }
  }

  /** Wide tables scroll in a box of their own. */
  static String boxed(String html) {
    return html.replace("<table>", "<div class=\"wide\"><table>")
        .replace("</table>", "</table></div>");
  }

  static String relative(Path from, Path to) {
    Path folder = from.getParent();
    return (folder == null ? to : folder.relativize(to)).toString().replace('\\', '/');
  }
}
