package org.nnsight4j.models.gpt2.nnsight;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.regex.MatchResult;
import java.util.regex.Pattern;
import org.junit.jupiter.api.Test;

/** The table of nnsight's tests names tests that there are. */
final class MirrorsTest {
  private static final Pattern TEST = Pattern.compile("`(\\w+Test)\\.(\\w+)`");
  private static final String HOME = "org.nnsight4j.models.gpt2.";

  private static final List<String> PACKAGES =
      List.of(
          "nnsight.",
          "descriptor.",
          "errors.",
          "generation.",
          "interventions.",
          "loading.",
          "operations.",
          "runs.",
          "");

  @Test
  void everyTestOfTheTableExists() throws Exception {
    String table = Files.readString(Path.of("../docs/nnsight-tests.md"));
    List<MatchResult> named = TEST.matcher(table).results().toList();
    assertThat(named.size()).isGreaterThan(150);
    for (MatchResult each : named) {
      boolean found =
          PACKAGES.stream().anyMatch(name -> hasTest(HOME + name + each.group(1), each.group(2)));
      assertWithMessage(each.group()).that(found).isTrue();
    }
  }

  private static boolean hasTest(String type, String method) {
    try {
      return Arrays.stream(Class.forName(type).getDeclaredMethods())
          .anyMatch(each -> each.getName().equals(method));
    } catch (ClassNotFoundException e) {
      return false;
    }
  }
}
