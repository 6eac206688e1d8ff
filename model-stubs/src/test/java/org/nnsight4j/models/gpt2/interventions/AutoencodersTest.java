package org.nnsight4j.models.gpt2.interventions;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.nnsight4j.Edit;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.attach.LinearProbe;
import org.nnsight4j.attach.SparseAutoencoder;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Autoencoders of all versions of SAELens ({@code autoencoder_fixtures.py}). */
final class AutoencodersTest {
  private static final Topic TOPIC = new Topic("../autoencoders");
  private static final Tensor INPUT =
      Safetensors.read(TOPIC.folder().resolve("expected.safetensors")).get("input");

  private static final LinearProbe PROBE =
      LinearProbe.load(TOPIC.folder().resolve("../interventions/modules/probe.safetensors"));

  static Stream<Topic.Case> cases() {
    return TOPIC.cases("autoencoder");
  }

  static Stream<Topic.Case> spliced() {
    return TOPIC.cases("spliced");
  }

  @Test
  void allKindsAreRun() {
    assertThat(TOPIC.kinds()).containsExactly("autoencoder", "spliced");
    assertThat(cases().count()).isEqualTo(28);
  }

  @ParameterizedTest
  @MethodSource("cases")
  void computesWhatSaeLensDoes(Topic.Case each) {
    SparseAutoencoder sae = SparseAutoencoder.open(TOPIC.folder().resolve(each.text("folder")));
    Saved<Axis> features;
    Saved<Axis> rebuilt;
    try (Generator<Paths> generator = Topic.MODEL.trace();
        Invoker<Paths> invoker = generator.invoke(new long[] {1, 2})) {
      Value<Axis> input = invoker.constant(INPUT);
      rebuilt = invoker.call("sae", sae, input).save();
      features = invoker.point("sae.features").save();
    }
    each.checkWhole("features", features.value());
    each.checkWhole("rebuilt", rebuilt.value());
    assertWithMessage("%s: active features", each)
        .that(active(features.value()))
        .isEqualTo(Topic.ints(each.get("active")));
  }

  private static int[] active(Tensor features) {
    int width = (int) features.shape(-1);
    int[] counts = new int[features.size() / width];
    Arrays.setAll(
        counts,
        i ->
            (int)
                Arrays.stream(Topic.doubles(features), i * width, (i + 1) * width)
                    .filter(feature -> feature != 0)
                    .count());
    return counts;
  }

  private static void splice(Topic.Case each, Invoker<Paths> invoker) {
    SparseAutoencoder sae = SparseAutoencoder.open(TOPIC.folder().resolve(each.text("folder")));
    Value<Axis> hidden = invoker.model().read("transformer.h.1.output");
    invoker.call("probe", PROBE, hidden);
    hidden.set(invoker.call("sae", sae, hidden));
  }

  /** In an edit, and in a loop of the run's own; inner values are those of each step. */
  @ParameterizedTest
  @MethodSource("spliced")
  void actsAtEveryStep(Topic.Case each) {
    Edit edit = Topic.MODEL.edit(invoker -> splice(each, invoker));
    try (LanguageModel<Paths> edited = Topic.MODEL.with(edit)) {
      run(each, edited, invoker -> {});
    }
    run(each, Topic.MODEL, invoker -> invoker.allSteps().forEach(model -> splice(each, invoker)));
  }

  private static void run(
      Topic.Case each, LanguageModel<Paths> model, Consumer<Invoker<Paths>> first) {
    Generator<Paths> generator = model.generate(Topic.options(each.get("options")));
    Saved<Axis> logits;
    Saved<Axis> features;
    Saved<Axis> scores;
    Saved<Axis> third;
    try (generator;
        Invoker<Paths> invoker = generator.invoke(each.inputs())) {
      first.accept(invoker);
      logits = invoker.allSteps().each(m -> m.logits().at(-1).save());
      features = invoker.allSteps().each(m -> last(invoker, "sae.features").save());
      scores = invoker.allSteps().each(m -> last(invoker, "probe.logits").save());
      invoker.step(3);
      third = last(invoker, "sae.features").save();
    }
    assertWithMessage("%s", each)
        .that(generator.output().newIds())
        .isEqualTo(Topic.rows(each.get("generated")));
    each.check("logits_every_8", logits.values().stream().map(Topic::everyEighth).toList());
    each.check("features", features.values());
    each.check("scores", scores.values());
    assertThat(third.value()).isEqualTo(features.values().get(3));
  }

  private static Value<Axis> last(Invoker<Paths> invoker, String point) {
    return invoker.point(point).at(-1);
  }
}
