package org.nnsight4j.models.mixtral;

import static com.google.common.truth.Truth.assertThat;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;

/** Routers and experts see the positions of all rows after each other; an invoker sees its own. */
final class MixtralTokensTest {
  private static final Path FOLDER = Path.of("src/test/resources/fixtures/mixtral/usual");
  private static final long[] LONG = {3, 9, 1, 4, 8, 2};
  private static final long[] SHORT = {7, 5, 10};

  private static LanguageModel<Mixtral> open() {
    return LanguageModel.open(new MixtralModel(), FOLDER);
  }

  /** What one row writes is what it would have written alone, beside a longer one. */
  @Test
  void aWriteAffectsOnlyItsInvokersRows() {
    try (LanguageModel<Mixtral> model = open()) {
      Saved<?> untouched;
      Saved<?> alone;
      Saved<?> beside;
      Saved<?> other;
      try (Generator<Mixtral> generator = model.trace();
          Invoker<Mixtral> invoker = generator.invoke(LONG)) {
        untouched = invoker.model().output().save();
      }
      try (Generator<Mixtral> generator = model.trace();
          Invoker<Mixtral> invoker = generator.invoke(SHORT)) {
        alone = changed(invoker);
      }
      try (Generator<Mixtral> generator = model.trace()) {
        try (Invoker<Mixtral> invoker = generator.invoke(LONG)) {
          other = invoker.model().output().save();
        }
        try (Invoker<Mixtral> invoker = generator.invoke(SHORT)) {
          beside = changed(invoker);
        }
      }
      close(beside.value(), alone.value());
      close(other.value(), untouched.value());
    }
  }

  private static Saved<?> changed(Invoker<Mixtral> invoker) {
    Mixtral.Mlp mlp = invoker.model().model().layers(0).mlp();
    mlp.experts().output().get("1").set(3);
    return invoker.model().output().save();
  }

  /** All tokens to one expert: the logits of the router decide, then its weights, then numbers. */
  @Test
  void theRoutersOutputDecides() {
    try (LanguageModel<Mixtral> model = open()) {
      Saved<?> chosen;
      Saved<?> weights;
      Saved<?> none;
      try (Generator<Mixtral> generator = model.trace()) {
        try (Invoker<Mixtral> invoker = generator.invoke(SHORT)) {
          Mixtral.Mlp mlp = invoker.model().model().layers(0).mlp();
          mlp.gate().output(0).get(":, 2").set(50);
          weights = mlp.gate().output(1).save();
          chosen = mlp.gate().output(2).save();
        }
        try (Invoker<Mixtral> invoker = generator.invoke(SHORT)) {
          Mixtral.Mlp mlp = invoker.model().model().layers(0).mlp();
          // A number that is no expert's adds nothing.
          mlp.gate().output(2).set(Tensor.of(new long[] {4, 4, 4, 4, 4, 4}, 3, 2));
          none = mlp.experts().output().save();
        }
      }
      assertThat(chosen.value().shape()).isEqualTo(new long[] {3, 2});
      for (int token = 0; token < SHORT.length; token++) {
        assertThat(chosen.value().at(2 * token)).isEqualTo(2);
        assertThat(weights.value().at(2 * token)).isWithin(1e-6).of(1);
      }
      for (int i = 0; i < none.value().size(); i++) {
        assertThat(none.value().at(i)).isEqualTo(0);
      }
    }
  }

  private static void close(Tensor found, Tensor expected) {
    assertThat(found.shape()).isEqualTo(expected.shape());
    for (int i = 0; i < expected.size(); i++) {
      assertThat(found.at(i)).isWithin(2e-5).of(expected.at(i));
    }
  }
}
