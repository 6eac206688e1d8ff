package org.nnsight4j.models.reference;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static java.nio.charset.StandardCharsets.UTF_8;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.common.collect.Range;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import java.util.Set;
import java.util.TreeMap;
import java.util.function.Function;
import java.util.regex.Pattern;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.condition.DisabledIfSystemProperty;
import org.nnsight4j.checkpoint.ModelConfig;
import org.nnsight4j.family.Family;
import org.nnsight4j.models.bert.BertSettings;
import org.nnsight4j.models.decoder.DecoderFamily;
import org.nnsight4j.models.decoder.UncomputedKeys;

/**
 * The page of all families is what their fixtures show. {@code -Ddocs.write=true} writes it anew.
 */
@DisabledIfSystemProperty(
    named = "nnsight4j.mirror",
    matches = "Company",
    disabledReason = "the page is of runs alone; what company does to bits has tests of its own")
final class FamiliesPageTest {
  private static final Path PAGE = Path.of("../docs/families.md");

  /** What a key may say of which no fixture says anything. */
  private static final List<String> GUESSES =
      List.of(
          "true",
          "false",
          "1",
          "2",
          "3",
          "4",
          "0.5",
          "2.5",
          "\"relu\"",
          "[\"full_attention\"]",
          "{\"quant_method\": \"gptq\"}",
          "null");

  /** The error is the last column of the table. */
  private static final Pattern ERROR = Pattern.compile("(?m)^(\\| \\[.*\\| )(\\d(?:e-\\d+)?) \\|$");

  private static List<FamilyFacts> families = List.of();

  @BeforeAll
  static void measure() {
    families =
        ServiceLoader.load(Family.class).stream()
            .map(ServiceLoader.Provider::get)
            // Not those of tests, which are broken on purpose.
            .filter(family -> !family.getClass().getPackageName().endsWith(".conformance"))
            .sorted(Comparator.comparing(Family::architecture))
            .map(family -> new FamilyFacts(family, reader(family)))
            .toList();
  }

  /** What a family makes of a configuration, comparable by {@code equals}. */
  private static Function<ModelConfig, Object> reader(Family family) {
    return family instanceof DecoderFamily decoder ? decoder::spec : BertSettings::of;
  }

  @Test
  void everyModuleIsCompared() {
    Map<String, Set<String>> unverified = new TreeMap<>();
    for (FamilyFacts family : families) {
      String name = family.family().architecture();
      unverified.put(name, family.unverified());
      assertWithMessage("the error of %s", name)
          .that(family.worst())
          .isAtMost(MatchesHuggingFace.TOLERANCE);
    }
    unverified.values().removeIf(Set::isEmpty);
    assertWithMessage("what families have and no fixture compares with Hugging Face")
        .that(unverified)
        .isEmpty();
  }

  @Test
  void everySwitchIsUsed() throws Exception {
    Map<String, Set<String>> unused = new TreeMap<>();
    for (FamilyFacts family : families) {
      unused.put(family.family().architecture(), family.switches().unused(values(family)));
    }
    unused.values().removeIf(Set::isEmpty);
    assertWithMessage(
            "keys of config.json by which families compute, of which no fixture makes use")
        .that(unused)
        .isEmpty();
  }

  /** What each key may say: as in any fixture, and of keys that only code knows, some guesses. */
  private static Map<String, Set<JsonNode>> values(FamilyFacts family) throws Exception {
    Map<String, Set<JsonNode>> values = new TreeMap<>();
    families.forEach(each -> ConfigSwitches.collect(each.fixtures(), values));
    String own = family.family().getClass().getName();
    List<Class<?>> readers =
        new ArrayList<>(List.of(family.family().getClass(), UncomputedKeys.class));
    for (String end : List.of("Config", "TextConfig")) {
      try {
        readers.add(Class.forName(own.substring(0, own.length() - "Family".length()) + end));
      } catch (ClassNotFoundException e) {
        // Only one of both is there.
      }
    }
    assertThat(readers).hasSize(3);
    Set<JsonNode> guesses = new LinkedHashSet<>();
    for (String guess : GUESSES) {
      guesses.add(new ObjectMapper().readTree(guess));
    }
    for (Class<?> reader : readers) {
      ClassStrings.keys(reader)
          .forEach(
              key -> values.computeIfAbsent(key, any -> new LinkedHashSet<>()).addAll(guesses));
    }
    return values;
  }

  @Test
  void isAsWritten() throws Exception {
    Map<FamilyFacts, Map<String, JsonNode>> refused = new LinkedHashMap<>();
    for (FamilyFacts family : families) {
      refused.put(family, family.switches().refused(values(family)));
    }
    String now = new FamiliesPage(families, refused).text();
    if (Boolean.getBoolean("docs.write")) {
      Files.writeString(PAGE, now);
    }
    String written = Files.exists(PAGE) ? Files.readString(PAGE, UTF_8).replace("\r\n", "\n") : "";
    assertWithMessage(
            "docs/families.md is not what the fixtures show; write it anew with the command of CONTRIBUTING.md")
        .that(withoutErrors(written))
        .isEqualTo(withoutErrors(now));
    checkErrors(errors(written), errors(now));
  }

  private static String withoutErrors(String page) {
    return ERROR.matcher(page).replaceAll("$1 |");
  }

  private static List<Double> errors(String page) {
    return ERROR.matcher(page).results().map(row -> Double.valueOf(row.group(2))).toList();
  }

  /**
   * Another processor adds in another order and has other errors: ten times more or less is the
   * same. What is promised holds everywhere.
   */
  private static void checkErrors(List<Double> written, List<Double> found) {
    assertThat(found).hasSize(families.size());
    for (int i = 0; i < found.size(); i++) {
      String family = families.get(i).family().architecture();
      assertWithMessage("the written error of %s", family)
          .that(written.get(i))
          .isAtMost(MatchesHuggingFace.TOLERANCE);
      assertWithMessage("the written error of %s, by that of this machine", family)
          .that(written.get(i) / found.get(i))
          .isIn(Range.closed(0.1, 10.0));
    }
  }
}
