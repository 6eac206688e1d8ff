package org.nnsight4j.junit;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;
import static org.junit.platform.engine.discovery.DiscoverySelectors.selectClass;

import java.util.Objects;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.platform.engine.TestExecutionResult;
import org.junit.platform.testkit.engine.EngineExecutionResults;
import org.junit.platform.testkit.engine.EngineTestKit;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;

/** Runs small test classes with JUnit's own test kit. */
final class ModelExtensionTest {
  private static final String DIRECTORY = "model.of.test";

  @BeforeAll
  static void directory() {
    System.setProperty(DIRECTORY, EmbeddedGpt2.directory().toString());
  }

  static final class Good {
    private static LanguageModel<Gpt2> first;

    @Model("${model.of.test}")
    private static LanguageModel<Gpt2> shared;

    @Model("${model.of.test}")
    private LanguageModel<AnyModel> any;

    @Test
    void fieldsAndParameters(
        @Model(from = EmbeddedModel.class) LanguageModel<Gpt2> one,
        @Model(from = EmbeddedModel.class) LanguageModel<?> two) {
      Objects.requireNonNull(shared);
      ModelAssertions.assertThat(any).on("The Eiffel Tower is in the city of").predicts(" Paris");
      assertThat(one).isNotSameInstanceAs(two);
      assertThat(one.blueprint()).isSameInstanceAs(two.blueprint());
    }

    @Test
    void leavesAnEdit(@Model("${model.of.test}") LanguageModel<Gpt2> model) {
      leavesAnEditOr(model);
    }

    @Test
    void findsNoEdit(@Model("${model.of.test}") LanguageModel<Gpt2> model) {
      leavesAnEditOr(model);
    }

    private static void leavesAnEditOr(LanguageModel<Gpt2> model) {
      assertThat(model.edits()).isEmpty();
      if (first == null) {
        first = model;
      }
      model.apply(model.edit(invoker -> invoker.model().transformer().h(0).output(0).set(0)));
    }
  }

  static final class Bad {
    @Test
    void noName(@Model LanguageModel<Gpt2> model) {}

    @Test
    void noSuchProperty(@Model("${no.such.property}") LanguageModel<Gpt2> model) {}

    @Test
    void noSuchDirectory(@Model("/no/such/directory") LanguageModel<Gpt2> model) {}

    @Test
    void noDescriptor(@Model("${model.of.test}") LanguageModel<String> model) {}

    @Test
    void noModel(@Model("${model.of.test}") String model) {}
  }

  @Test
  void opensEachModelOnce() {
    int before = EmbeddedModel.OPENED.get();
    EngineExecutionResults results = run(Good.class);
    results.testEvents().assertStatistics(counts -> counts.started(3).succeeded(3));
    assertThat(EmbeddedModel.OPENED.get()).isEqualTo(before + 1);
    assertThat(assertThrows(RunException.class, () -> Good.first.edit(invoker -> {})))
        .hasMessageThat()
        .contains("closed");
  }

  @Test
  void saysWhatIsWrong() {
    assertThat(
            run(Bad.class).testEvents().failed().stream()
                .map(
                    event ->
                        event.getTestDescriptor().getDisplayName()
                            + " "
                            + event
                                .getRequiredPayload(TestExecutionResult.class)
                                .getThrowable()
                                .orElseThrow()
                                .getMessage())
                .map(text -> text.replaceAll("Failed to resolve parameter.*method \\[.*?]: ", ""))
                .toList())
        .containsExactly(
            "noName(LanguageModel) @Model needs a name or directory, as in @Model(\"openai-community/gpt2\"), or from = a supplier's class, and not both",
            "noSuchProperty(LanguageModel) @Model(\"${no.such.property}\") needs the system property 'no.such.property', which is not set",
            "noSuchDirectory(LanguageModel) @Model(\"/no/such/directory\"): no such directory, and no name at the hub; a name looks like openai-community/gpt2",
            "noDescriptor(LanguageModel) expected a descriptor with a generated class java.lang.StringModel, found none; declare LanguageModel<AnyModel>, or give from = a supplier that opens the model",
            "noModel(String) expected @Model on a LanguageModel<...>, found it on a 'java.lang.String'");
  }

  private static EngineExecutionResults run(Class<?> tests) {
    return EngineTestKit.engine("junit-jupiter").selectors(selectClass(tests)).execute();
  }
}
