package org.nnsight4j.checkpoint;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.function.Executable;
import org.nnsight4j.error.CheckpointException;

class ModelConfigTest {
  private static final ModelConfig CONFIG =
      parse(
          """
          {"model_type": "gpt2", "n_layer": 12, "epsilon": 1e-5, "one": 1, "tie": true,
           "n_inner": null, "eos": [1, 2], "names": ["a", "b"], "limits": [0.0, Infinity],
           "infinite": Infinity, "large": 3000000000, "rope": {"factor": 8.0, "deep": {"x": "y"}}}
          """);

  private static ModelConfig parse(String json) {
    return ModelConfig.parse(Path.of("m/config.json"), json);
  }

  private static void refused(Executable action, String... parts) {
    var thrown = assertThrows(CheckpointException.class, action);
    for (String part : parts) {
      assertThat(thrown).hasMessageThat().contains(part);
    }
    assertThat(thrown).hasMessageThat().contains("config.json");
  }

  @Test
  void readsByKey() {
    assertThat(CONFIG.modelType()).isEqualTo("gpt2");
    assertThat(CONFIG.integer("n_layer")).isEqualTo(12);
    assertThat(CONFIG.decimal("epsilon", 0)).isEqualTo(1e-5);
    assertThat(CONFIG.decimal("one")).isEqualTo(1.0);
    assertThat(CONFIG.flag("tie", false)).isTrue();
    assertThat(CONFIG.integers("eos")).containsExactly(1, 2).inOrder();
    assertThat(CONFIG.integers("n_layer")).containsExactly(12);
    assertThat(CONFIG.strings("names")).containsExactly("a", "b").inOrder();
    assertThat(CONFIG.section("rope").get().section("deep").get().string("x")).isEqualTo("y");
  }

  @Test
  void nullIsAbsent() {
    assertThat(CONFIG.has("n_inner")).isFalse();
    assertThat(CONFIG.integer("n_inner", 7)).isEqualTo(7);
    assertThat(CONFIG.keys()).doesNotContain("n_inner");
    assertThat(CONFIG.string("nothing", "x")).isEqualTo("x");
    assertThat(CONFIG.flag("nothing", true)).isTrue();
    assertThat(CONFIG.integers("nothing")).isEmpty();
    assertThat(CONFIG.strings("nothing")).isEmpty();
    assertThat(CONFIG.section("nothing")).isEmpty();
  }

  @Test
  void nullIsDistinguished() {
    assertThat(CONFIG.isNull("n_inner")).isTrue();
    assertThat(CONFIG.isNull("nowhere")).isFalse();
    assertThat(CONFIG.isNull("n_layer")).isFalse();
  }

  @Test
  void readsLists() {
    assertThat(CONFIG.decimals("eos")).containsExactly(1.0, 2.0).inOrder();
    assertThat(CONFIG.decimals("nowhere")).isEmpty();
    refused(() -> CONFIG.decimals("limits"), "a list of finite numbers");
    refused(() -> CONFIG.decimals("n_layer"), "a list of finite numbers");
  }

  @Test
  void refusesMissingKeys() {
    refused(() -> CONFIG.string("x"), "a string under \"x\"", "no such key");
    refused(() -> CONFIG.integer("n_inner"), "an integer under \"n_inner\"");
    refused(() -> CONFIG.decimal("x"), "a number");
    refused(() -> CONFIG.flag("x"), "true or false");
    refused(() -> CONFIG.section("rope").get().integer("x"), "\"rope.x\"");
  }

  @Test
  void refusesOtherTypes() {
    refused(() -> CONFIG.string("n_layer"), "a string under \"n_layer\", found 12");
    refused(() -> CONFIG.integer("epsilon", 1), "an integer", "found 1.0E-5");
    refused(() -> CONFIG.integer("large"), "at most 32 bits", "3000000000");
    refused(() -> CONFIG.integer("model_type"), "found \"gpt2\"");
    refused(() -> CONFIG.decimal("infinite"), "a finite number");
    refused(() -> CONFIG.decimal("tie"), "found true");
    refused(() -> CONFIG.flag("n_layer", true), "true or false", "found 12");
    refused(() -> CONFIG.integers("names"), "found \"a\"");
    refused(() -> CONFIG.strings("eos"), "a list of strings");
    refused(() -> CONFIG.strings("rope"), "a list of strings");
    refused(() -> CONFIG.section("n_layer"), "an object");
  }

  @Test
  void refusesOtherThanObjects() {
    refused(() -> parse(""), "a JSON object");
    refused(() -> parse("[]"), "found []");
    refused(() -> parse("{} {}"), "not JSON");
    refused(() -> parse("{\"a\":1,\"a\":2}"), "Duplicate field 'a'");
    refused(() -> parse("{\"a\":" + "[".repeat(2000) + "]".repeat(2000) + "}"), "nesting");
    refused(() -> parse("{\"a\":" + "9".repeat(5000) + "}").integer("a"), "config.json");
  }
}
