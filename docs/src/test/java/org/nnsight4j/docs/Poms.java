package org.nnsight4j.docs;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.regex.MatchResult;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** The versions that the parent pom states, in XML that users copy. */
final class Poms {
  private static final Pattern COORDINATES =
      Pattern.compile(
          "<groupId>([\\w.]+)</groupId>\\s*<artifactId>([\\w-]+)</artifactId>\\s*"
              + "<version>([^<]+)</version>");

  /** As Gradle, JBang and notebooks write it. */
  private static final Pattern SHORT =
      Pattern.compile("\\b([a-z]\\w*(?:\\.\\w+)+):([\\w-]+):(\\d[\\w.-]*)");

  private Poms() {}

  /** The text with the version of this build in every coordinate of the form {@code a.b:c:1.0}. */
  static String withShortVersions(String text) throws IOException {
    String parent = Files.readString(Path.of("../pom.xml"));
    StringBuilder written = new StringBuilder();
    Matcher matcher = SHORT.matcher(text);
    while (matcher.find()) {
      String group = matcher.group(1);
      String artifact = matcher.group(2);
      matcher.appendReplacement(
          written,
          Matcher.quoteReplacement(
              group + ":" + artifact + ":" + version(parent, group, artifact)));
    }
    return matcher.appendTail(written).toString();
  }

  /** The XML with the version of this build in every coordinate. */
  static String withVersions(String xml) throws IOException {
    String parent = Files.readString(Path.of("../pom.xml"));
    StringBuilder text = new StringBuilder();
    Matcher matcher = COORDINATES.matcher(xml);
    while (matcher.find()) {
      MatchResult found = matcher.toMatchResult();
      String version = version(parent, found.group(1), found.group(2));
      matcher.appendReplacement(
          text,
          Matcher.quoteReplacement(
              found.group().replace(">" + found.group(3) + "<", ">" + version + "<")));
    }
    return matcher.appendTail(text).toString();
  }

  private static String version(String parent, String group, String artifact) {
    if (group.equals("org.nnsight4j")) {
      return one(parent, "<artifactId>nnsight4j-parent</artifactId>\\s*<version>([^<]+)<");
    }
    String stated =
        one(
            parent,
            "<groupId>%s</groupId>\\s*<artifactId>%s</artifactId>\\s*<version>([^<]+)<"
                .formatted(Pattern.quote(group), Pattern.quote(artifact)));
    Matcher property = Pattern.compile("\\$\\{([^}]+)}").matcher(stated);
    return property.matches() ? one(parent, "<" + property.group(1) + ">([^<]+)<") : stated;
  }

  private static String one(String text, String pattern) {
    Matcher matcher = Pattern.compile(pattern).matcher(text);
    if (!matcher.find()) {
      throw new AssertionError("the parent pom has nothing like " + pattern);
    }
    return matcher.group(1);
  }
}
