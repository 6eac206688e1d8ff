package org.nnsight4j.docs;

import java.util.ArrayList;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * A fenced block of a Markdown file, with the comment on the line before it that says where its
 * text comes from: {@code <!-- snippet: Tour.reading -->}.
 *
 * @param language what stands after the backticks
 * @param kind the word before the colon, or empty without a comment
 * @param name the text after the colon
 * @param text the lines inside
 * @param begin where {@code text} begins in the file
 */
record Fence(String language, String kind, String name, String text, int begin) {
  private static final Pattern FENCE =
      Pattern.compile(
          "(?m)(?:^<!-- (?<kind>[\\w-]+): (?<name>.+?) -->\\n)?^```(?<language>\\w*)\\n"
              + "(?<text>(?:(?!```).*\\n)*)```$");

  static List<Fence> in(String markdown) {
    List<Fence> fences = new ArrayList<>();
    Matcher matcher = FENCE.matcher(markdown);
    while (matcher.find()) {
      fences.add(
          new Fence(
              matcher.group("language"),
              matcher.group("kind") == null ? "" : matcher.group("kind"),
              matcher.group("name") == null ? "" : matcher.group("name"),
              matcher.group("text"),
              matcher.start("text")));
    }
    return fences;
  }

  /** The file with another text in this fence. */
  String replaced(String markdown, String with) {
    return markdown.substring(0, begin) + with + markdown.substring(begin + text.length());
  }

  @Override
  public String toString() {
    return kind.isEmpty() ? "unmarked " + language : kind + ": " + name;
  }
}
