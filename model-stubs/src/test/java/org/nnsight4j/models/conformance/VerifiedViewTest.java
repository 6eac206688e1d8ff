package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.values.Saved;

/** What a family says of a decoder is compared with its numbers before anybody uses it. */
final class VerifiedViewTest {
  private static final long[] PROMPT = {3, 9, 1};

  @TempDir private Path folder;

  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "llama-that-names-attention-twice | model.layers.0.input, model.layers.0.self_attn.output and model.layers.0.self_attn.output do not add up to model.layers.0.output: they are off by",
        "llama-that-names-queries | model.layers.0.self_attn.q_proj.output has the shape [1, 3, "
      })
  void isRefusedWhereItIsNotTrue(String mistake, String why) {
    RandomCheckpoint.write(folder, BrokenFamilies.CONFIG.replace("MISTAKE", mistake));
    try (LanguageModel<AnyModel> model = LanguageModel.open(folder)) {
      CheckpointException refused = assertThrows(CheckpointException.class, () -> logits(model));
      assertThat(refused).hasMessageThat().startsWith(folder + ": what the family '" + mistake);
      assertThat(refused).hasMessageThat().contains("is not true of this one: " + why);
      assertThat(refused).hasMessageThat().endsWith("OpenOptions.defaults().unverified()");
      // Not the second time either.
      assertThrows(CheckpointException.class, () -> logits(model));
    }
  }

  @Test
  void whoWantsCanUseItAllTheSame() {
    RandomCheckpoint.write(
        folder, BrokenFamilies.CONFIG.replace("MISTAKE", "llama-that-names-queries"));
    OpenOptions options = OpenOptions.defaults().strictly().unverified();
    assertThat(options.strict()).isTrue();
    assertThat(options.verified()).isFalse();
    try (LanguageModel<AnyModel> model = LanguageModel.open(folder, options)) {
      assertThat(logits(model).value().shape(1)).isEqualTo(3);
    }
  }

  private static Saved<?> logits(LanguageModel<AnyModel> model) {
    return model
        .trace()
        .run(generator -> generator.invoke(PROMPT, invoker -> invoker.model().output().save()))
        .result();
  }
}
