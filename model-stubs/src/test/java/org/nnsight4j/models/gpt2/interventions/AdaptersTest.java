package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.Edit;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.attach.LoraAdapter;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;

/** LoRA adapters act at every step, as PEFT's do ({@code adapter_fixtures.py}). */
final class AdaptersTest {
  private static final Topic TOPIC = new Topic("../adapters");

  static Stream<Topic.Case> cases() {
    return TOPIC.cases("adapter");
  }

  /** The first of each adapter: for what does not depend on the prompt. */
  static Stream<Topic.Case> firsts() {
    Set<String> folders = new HashSet<>();
    return cases().filter(each -> folders.add(each.text("folder")));
  }

  static Stream<Topic.Case> others() {
    Set<String> folders = new HashSet<>();
    return cases().filter(each -> !folders.add(each.text("folder")));
  }

  private static LoraAdapter adapter(Topic.Case each) {
    return LoraAdapter.load(TOPIC.folder().resolve(each.text("folder")));
  }

  @Test
  void allKindsAreRun() {
    assertThat(TOPIC.kinds()).containsExactly("adapter");
    assertThat(cases().map(each -> each.text("folder")).distinct().count()).isEqualTo(9);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void everyStepIsPefts(Topic.Case each) {
    Saved<Axis> steps;
    Generator<Paths> generator = Topic.MODEL.generate(Topic.options(each.get("options")));
    try (generator;
        Invoker<Paths> invoker = generator.invoke(each.inputs())) {
      invoker.add(adapter(each));
      steps = invoker.allSteps().each(model -> model.logits().at(-1).save());
    }
    checkNew(each, generator, "generated");
    List<Tensor> found = steps.values().stream().map(Topic::everyEighth).toList();
    each.check("logits_every_8", found);
  }

  private static void checkNew(Topic.Case each, Generator<Paths> generator, String what) {
    JsonNode expected = each.get(what);
    assertWithMessage("%s: %s", each, what)
        .that(generator.output().newIds())
        .isEqualTo(Topic.rows(expected));
  }

  @ParameterizedTest
  @MethodSource("firsts")
  void beamsArePefts(Topic.Case each) {
    GenerateOptions options = Topic.options(each.get("options")).numBeams(3);
    Generator<Paths> generator = Topic.MODEL.generate(options);
    try (generator;
        Invoker<Paths> invoker = generator.invoke(each.inputs())) {
      invoker.add(adapter(each));
    }
    checkNew(each, generator, "beams");
  }

  @ParameterizedTest
  @MethodSource("firsts")
  void anEditLastsAsWell(Topic.Case each) {
    Edit edit = Topic.MODEL.edit(invoker -> invoker.add(adapter(each)));
    try (LanguageModel<Paths> adapted = Topic.MODEL.with(edit)) {
      Generator<Paths> generator = adapted.generate(Topic.options(each.get("options")));
      try (generator;
          Invoker<Paths> invoker = generator.invoke(each.inputs())) {
        assertThat(invoker.model()).isNotNull();
      }
      checkNew(each, generator, "generated");
    }
  }

  @ParameterizedTest
  @MethodSource("others")
  @Tag("nightly")
  void beamsAndEditsOfTheOthersToo(Topic.Case each) {
    beamsArePefts(each);
    anEditLastsAsWell(each);
  }

  /** Rows with several adapters, and with none, in one batch: each equals its run alone. */
  @Test
  void anAdapterIsForItsInvokerAlone() {
    List<Topic.Case> some =
        cases()
            .filter(
                each -> each.toString().endsWith("-mary") || each.toString().endsWith("-france"))
            .toList();
    GenerateOptions options = Topic.options(some.get(0).get("options"));
    long[][] free = some.get(0).inputs();
    Generator<Paths> alone = Topic.MODEL.generate(options);
    try (alone;
        Invoker<Paths> invoker = alone.invoke(free)) {
      assertThat(invoker.model()).isNotNull();
    }
    Generator<Paths> all = Topic.MODEL.generate(options);
    try (all) {
      for (Topic.Case each : some) {
        try (Invoker<Paths> invoker = all.invoke(each.inputs())) {
          invoker.add(each.toString(), adapter(each));
        }
      }
      try (Invoker<Paths> invoker = all.invoke(free)) {
        assertThat(invoker.model()).isNotNull();
      }
    }
    long[][] found = all.output().newIds();
    for (int row = 0; row < some.size(); row++) {
      assertWithMessage("%s", some.get(row))
          .that(found[row])
          .isEqualTo(Topic.rows(some.get(row).get("generated"))[0]);
    }
    assertThat(found[some.size()]).isEqualTo(alone.output().newIds()[0]);
  }
}
