package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.util.ArrayList;
import java.util.List;
import java.util.Set;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.family.ModelKind;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Receipt;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * In every family, a trace of many prompts that is computed in parts has the numbers of a batch.
 */
final class PartedTraceTest {
  private static final Set<String> USUAL = Set.of("gpt2", "gemma2", "bloom", "gpt_neox");
  private static final long[] CLEAN = {3, 9, 1, 4, 8, 2};
  private static final long[] CORRUPTED = {3, 9, 10, 4, 8, 12};
  private static final long[] SHORT = {5, 7, 11};

  private record Ran(List<Tensor> saved, Receipt receipt) {}

  @TestFactory
  Stream<DynamicTest> someFamilies() {
    return FamiliesConformTest.all()
        .filter(family -> USUAL.contains(family.name()))
        .map(family -> DynamicTest.dynamicTest(family.name(), () -> check(family.json())));
  }

  @TestFactory
  @Tag("nightly")
  Stream<DynamicTest> everyFamily() {
    return FamiliesConformTest.all()
        .map(family -> DynamicTest.dynamicTest(family.name(), () -> check(family.json())));
  }

  private static void check(String config) {
    try (LanguageModel<AnyModel> model = SweepOracle.open(config, DType.FLOAT64)) {
      if (model.blueprint().kind() != ModelKind.DECODER) {
        return;
      }
      Ran batch = run(model, TraceOptions.defaults().inOneBatch());
      assertThat(batch.receipt().parts()).isEmpty();
      for (long bytes : new long[] {1, 30_000}) {
        Ran parts = run(model, TraceOptions.defaults().maxBytes(bytes));
        assertWithMessage("a bound of %s", bytes)
            .that(parts.receipt().parts())
            .contains("rows in ");
        assertThat(parts.receipt().parts()).contains("of rows that have the same tokens");
        assertThat(kinds(parts)).isEqualTo(kinds(batch));
        for (int i = 0; i < batch.saved().size(); i++) {
          close(i, parts.saved().get(i), batch.saved().get(i));
        }
      }
    }
  }

  private static List<String> kinds(Ran ran) {
    return ran.receipt().entries().stream()
        .map(entry -> entry.kind() + entry.site() + entry.fired() + entry.shape())
        .toList();
  }

  private static void close(int number, Tensor found, Tensor expected) {
    assertThat(found.shape()).isEqualTo(expected.shape());
    for (int i = 0; i < expected.size(); i++) {
      assertWithMessage("number %s of value %s", i, number)
          .that(found.at(i))
          .isWithin(1e-12 * Math.max(1, Math.abs(expected.at(i))))
          .of(expected.at(i));
    }
  }

  private static Ran run(LanguageModel<AnyModel> model, TraceOptions options) {
    List<Saved<?>> saved = new ArrayList<>();
    int layers;
    try (Generator<AnyModel> generator = model.trace(options)) {
      Value<Decoder.Hidden> clean;
      Value<Decoder.Hidden> late;
      Value<Decoder.Vocab> cleanLogits;
      try (Invoker<AnyModel> invoker = generator.invoke(CLEAN)) {
        Decoder view = Decoder.of(invoker.model());
        layers = view.layerCount();
        clean = view.layer(0).output().get(":, 2").mul(1);
        late = view.layer(layers - 1).input().get(":, 2").mul(1);
        cleanLogits = view.logits().get(":, -1");
        saved.add(cleanLogits.save());
      }
      Value<Decoder.Vocab> corrupted;
      try (Invoker<AnyModel> invoker = generator.invoke(CORRUPTED)) {
        corrupted = Decoder.of(invoker.model()).logits().get(":, -1");
        saved.add(corrupted.save());
      }
      List<Value<Decoder.Vocab>> patched = new ArrayList<>();
      for (int cell = 1; cell < layers + 2; cell++) {
        try (Invoker<AnyModel> invoker = generator.invoke(CORRUPTED)) {
          Decoder view = Decoder.of(invoker.model());
          int layer = Math.min(cell, layers - 1);
          view.layer(layer).input().get(":, 2").set(cell < layers ? clean : late);
          Value<Decoder.Vocab> logits = view.logits().get(":, -1");
          patched.add(logits);
          saved.add(logits.sub(cleanLogits).save());
        }
      }
      try (Invoker<AnyModel> invoker = generator.invoke(new long[][] {SHORT, CORRUPTED})) {
        Decoder view = Decoder.of(invoker.model());
        saved.add(view.layer(layers - 1).input().save());
        view.layer(layers - 1).output().at(-1).set(0);
        saved.add(view.logits().at(-1).save());
      }
      for (int row = 0; row < 2; row++) {
        try (Invoker<AnyModel> invoker = generator.invoke(SHORT)) {
          Decoder view = Decoder.of(invoker.model());
          Value<Decoder.Hidden> last = view.layer(layers - 1).output();
          last.set(last.mul(row + 2));
          saved.add(view.logits().get(":, -1").save());
          saved.add(invoker.constant(Tensor.of(new float[] {row})).add(1).save());
        }
      }
      saved.add(patched.get(0).sub(patched.get(1)).add(corrupted).save());
      generator.run();
      return new Ran(
          saved.stream().map(Saved::value).map(Tensor.class::cast).toList(), generator.receipt());
    }
  }
}
