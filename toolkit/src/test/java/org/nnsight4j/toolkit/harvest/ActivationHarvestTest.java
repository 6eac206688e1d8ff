package org.nnsight4j.toolkit.harvest;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.ObjectMapper;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.reference.Reference;

final class ActivationHarvestTest {
  private static final String STREAM = "blocks.1.hook_resid_post";
  private static final String Z = "blocks.0.attn.hook_z";
  private static final List<long[]> PROMPTS =
      List.of(new long[] {3, 17, 9}, new long[] {4}, new long[] {5, 6, 7, 8, 9}, new long[] {2, 2});

  @TempDir private Path folder;

  /** Rows of unequal length in one pass are what each prompt alone gives. */
  @ParameterizedTest
  @ValueSource(strings = {"two-heads", "llama/usual", "gpt_neox/parallel", "gemma2/caps"})
  void everyTokenHasItsRow(String name) throws Exception {
    try (LanguageModel<AnyModel> model = Reference.open(name)) {
      ActivationHarvest harvest =
          ActivationHarvest.of(model).hooks(STREAM, Z).promptsPerFile(3).promptsPerPass(2);
      HarvestResult found = harvest.runIds(PROMPTS, folder);
      assertThat(found.files()).hasSize(2);
      assertThat(found.tokens()).isEqualTo(11);
      Tensor stream = found.read(0, STREAM);
      Tensor z = found.read(0, Z);
      assertThat(Safetensors.read(found.files().get(0)).get("prompt").toLongArray())
          .isEqualTo(new long[] {0, 0, 0, 1, 2, 2, 2, 2, 2});
      assertThat(Safetensors.read(found.files().get(1)).get("position").toLongArray())
          .isEqualTo(new long[] {0, 1});
      Tensor alone =
          Passes.trace(model, PROMPTS.get(2), view -> view.layer(1).output().save()).value();
      Tensor heads =
          Passes.trace(model, PROMPTS.get(2), view -> view.layer(0).attention().z().save()).value();
      for (int p = 0; p < 5; p++) {
        for (int i = 0; i < stream.shape(1); i++) {
          assertThat(stream.get(4 + p, i)).isWithin(1e-5).of(alone.get(0, p, i));
        }
        for (int i = 0; i < z.shape(1); i++) {
          assertThat(z.get(4 + p, i))
              .isWithin(1e-5)
              .of(heads.get(0, i / heads.shape(3), p, i % heads.shape(3)));
        }
      }
    }
  }

  @Test
  void goesOnWhereItWasAndKnowsFilesOfAnother() throws Exception {
    try (LanguageModel<AnyModel> model = Reference.open("llama/usual")) {
      List<Long> heard = new ArrayList<>();
      ActivationHarvest harvest =
          ActivationHarvest.of(model)
              .hooks(STREAM)
              .dtype(DType.FLOAT16)
              .lastTokens()
              .promptsPerFile(2)
              .progress((done, all) -> heard.add(done));
      HarvestResult whole = harvest.runIds(PROMPTS, folder);
      assertThat(whole.tokens()).isEqualTo(4);
      assertThat(whole.read(0, STREAM).dtype()).isEqualTo(DType.FLOAT16);
      assertThat(heard).containsExactly(2L, 4L).inOrder();
      byte[] bytes = Files.readAllBytes(whole.files().get(1));
      Files.delete(whole.files().get(1));
      HarvestResult resumed = harvest.runIds(PROMPTS, folder);
      assertThat(resumed.kept()).isEqualTo(1);
      assertThat(Files.readAllBytes(resumed.files().get(1))).isEqualTo(bytes);
      assertThat(resumed.toString()).contains("part-00001.safetensors");
      assertThat(new ObjectMapper().readTree(resumed.toJson()).get("files")).hasSize(2);
      for (ActivationHarvest another :
          List.of(harvest.dtype(DType.FLOAT32), harvest.hooks(Z), harvest.promptsPerFile(4))) {
        assertThat(assertThrows(RunException.class, () -> another.runIds(PROMPTS, folder)))
            .hasMessageThat()
            .contains("is of another harvest");
      }
      assertThat(assertThrows(RunException.class, () -> whole.read(0, Z)))
          .hasMessageThat()
          .contains("was not harvested");
    }
    try (LanguageModel<AnyModel> other = Reference.open("llama/linear-biases-tied")) {
      ActivationHarvest harvest =
          ActivationHarvest.of(other)
              .hooks(STREAM)
              .dtype(DType.FLOAT16)
              .lastTokens()
              .promptsPerFile(2);
      assertThat(assertThrows(RunException.class, () -> harvest.runIds(PROMPTS, folder)))
          .hasMessageThat()
          .contains("or weights");
      assertThat(
              assertThrows(
                  Nnsight4jException.class,
                  () ->
                      harvest
                          .hooks("blocks.0.attn.hook_pattern")
                          .runIds(PROMPTS, folder.resolve("patterns"))))
          .hasMessageThat()
          .contains("has no vector for each token");
    }
  }
}
