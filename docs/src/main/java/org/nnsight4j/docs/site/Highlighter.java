package org.nnsight4j.docs.site;

import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Marks comments, strings, keywords and numbers of code, by one expression for each language. */
final class Highlighter {
  private static final String STRING = "\"(?:\\\\.|[^\"\\\\\\n])*\"|'(?:\\\\.|[^'\\\\\\n])*'";

  private static final Pattern JAVA =
      Pattern.compile(
          "(?<c>//[^\\n]*|(?s:/\\*.*?\\*/))|(?<s>(?s:\"\"\".*?\"\"\")|"
              + STRING
              + ")|(?<k>\\b(?:abstract|boolean|break|case|catch|char|class|continue|default|do|double|else|enum"
              + "|exports|extends|false|final|finally|float|for|if|implements|import|instanceof|int|interface|long"
              + "|module|new|null|package|permits|private|protected|public|record|requires|return|sealed|short"
              + "|static|super|switch|this|throw|throws|true|try|var|void|while|yield)\\b)"
              + "|(?<a>@\\w+)|(?<n>\\b\\d[\\w.]*)");

  private static final Pattern XML =
      Pattern.compile("(?<c>(?s:<!--.*?-->))|(?<k></?[\\w.:-]+|/?>|\\?>)|(?<s>\"[^\"]*\")");

  private static final Pattern SHELL =
      Pattern.compile(
          "(?<c>(?m:(?<=^|\\s)#[^\\n]*))|(?<s>" + STRING + ")|(?<a>(?<=\\s)--?[\\w.-]+)");

  private static final Pattern JSON =
      Pattern.compile(
          "(?<a>\"(?:\\\\.|[^\"\\\\])*\"(?=\\s*:))|(?<s>\"(?:\\\\.|[^\"\\\\])*\")"
              + "|(?<k>\\b(?:true|false|null)\\b)|(?<n>-?\\b\\d[\\d.eE+-]*)");

  private static final Map<String, Pattern> LANGUAGES =
      Map.of(
          "java", JAVA, "groovy", JAVA, "js", JAVA, "xml", XML, "sh", SHELL, "bash", SHELL, "json",
          JSON, "python", SHELL);

  private Highlighter() {}

  /** Code as HTML; of an unknown language, as it is. */
  static String html(String language, String code) {
    Pattern pattern = LANGUAGES.get(language);
    if (pattern == null) {
      return escape(code);
    }
    StringBuilder html = new StringBuilder();
    Matcher matcher = pattern.matcher(code);
    int end = 0;
    while (matcher.find()) {
      html.append(escape(code.substring(end, matcher.start())));
      html.append("<span class=\"").append(kind(matcher, pattern)).append("\">");
      html.append(escape(matcher.group())).append("</span>");
      end = matcher.end();
    }
    return html.append(escape(code.substring(end))).toString();
  }

  private static String kind(Matcher matcher, Pattern pattern) {
    for (String name : new String[] {"c", "s", "k", "a", "n"}) {
      if (pattern.pattern().contains("(?<" + name + ">") && matcher.group(name) != null) {
        return name;
      }
    }
    throw new IllegalStateException("a match of no kind: " + matcher.group());
  }

  static String escape(String text) {
    return text.replace("&", "&amp;")
        .replace("<", "&lt;")
        .replace(">", "&gt;")
        .replace("\"", "&quot;");
  }
}
