package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Predicate;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The conformance notices what is broken on purpose, and says where. */
final class FamilyConformanceTest {
  @ParameterizedTest
  @CsvSource({
    "llama-with-fewer-blocks, modules fire in the declared order, model.layers.1.input",
    "llama-with-dead-queries, a write at every site changes the logits, model.layers.0.self_attn.rotQ",
    "llama-that-counts-padding, a padded row is what it is alone, of a padded row",
    "llama-that-forgets-the-past, the cache changes nothing, at step 1",
    "llama-without-gradients, gradients are those of central differences, the gradient at"
  })
  void breaks(String mistake, String promise, String where) {
    Map<String, String> broken =
        broken(BrokenFamilies.CONFIG.replace("MISTAKE", mistake), promise::equals);
    assertThat(broken).containsKey(promise);
    assertThat(broken.get(promise)).contains(where);
  }

  @Test
  void aCorrectFamilyPasses() {
    assertThat(broken(BrokenFamilies.CONFIG.replace("MISTAKE", "llama"), any -> true)).isEmpty();
    // One mistake is not taken for all.
    Map<String, String> broken =
        broken(
            BrokenFamilies.CONFIG.replace("MISTAKE", "llama-that-forgets-the-past"), any -> true);
    assertWithMessage("%s", broken).that(broken).hasSize(1);
  }

  /** Which of these promises are not kept, and why. */
  private static Map<String, String> broken(String config, Predicate<String> promises) {
    Map<String, String> broken = new LinkedHashMap<>();
    FamilyConformance.of(config)
        .filter(test -> promises.test(test.getDisplayName()))
        .forEach(
            test -> {
              try {
                run(test);
              } catch (Throwable e) {
                broken.put(test.getDisplayName(), String.valueOf(e.getMessage()));
              }
            });
    return broken;
  }

  private static void run(DynamicTest test) throws Throwable {
    test.getExecutable().execute();
  }
}
