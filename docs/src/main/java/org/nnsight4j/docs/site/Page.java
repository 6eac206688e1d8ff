package org.nnsight4j.docs.site;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.commonmark.Extension;
import org.commonmark.ext.gfm.tables.TablesExtension;
import org.commonmark.ext.heading.anchor.IdGenerator;
import org.commonmark.node.AbstractVisitor;
import org.commonmark.node.Code;
import org.commonmark.node.Heading;
import org.commonmark.node.Image;
import org.commonmark.node.Link;
import org.commonmark.node.Node;
import org.commonmark.node.SoftLineBreak;
import org.commonmark.node.Text;
import org.commonmark.parser.Parser;

/**
 * A Markdown file.
 *
 * @param path relative to the root of the repository
 * @param document its parsed text
 * @param headings in order, the first of which is the title
 */
public record Page(Path path, Node document, List<Section> headings) {
  static final List<Extension> EXTENSIONS = List.of(TablesExtension.create());

  private static final Parser PARSER = Parser.builder().extensions(EXTENSIONS).build();

  /**
   * A heading.
   *
   * @param anchor as GitHub makes it of the text
   */
  public record Section(int level, String text, String anchor) {}

  /** Reads a file below a root. */
  public static Page read(Path root, Path file) throws IOException {
    Node document = PARSER.parse(Files.readString(file));
    IdGenerator anchors = IdGenerator.builder().build();
    List<Section> headings = new ArrayList<>();
    document.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Heading heading) {
            String text = text(heading);
            headings.add(new Section(heading.getLevel(), text, anchors.generateId(text)));
          }
        });
    return new Page(root.relativize(file), document, headings);
  }

  String title() {
    return headings.isEmpty() ? path.toString() : headings.get(0).text();
  }

  /** Where links and pictures lead, as they are written. */
  public List<String> targets() {
    List<String> targets = new ArrayList<>();
    document.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Link link) {
            targets.add(link.getDestination());
            visitChildren(link);
          }

          @Override
          public void visit(Image image) {
            targets.add(image.getDestination());
          }
        });
    return targets;
  }

  /** The words of a node and what is in it, without marks. */
  static String text(Node node) {
    StringBuilder text = new StringBuilder();
    node.accept(
        new AbstractVisitor() {
          @Override
          public void visit(Text words) {
            text.append(words.getLiteral());
          }

          @Override
          public void visit(Code code) {
            text.append(code.getLiteral());
          }

          @Override
          public void visit(SoftLineBreak end) {
            text.append(' ');
          }
        });
    return text.toString();
  }
}
