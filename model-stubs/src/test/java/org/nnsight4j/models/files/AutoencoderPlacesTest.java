package org.nnsight4j.models.files;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.file.Path;
import java.util.Arrays;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.attach.SparseAutoencoder;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** An autoencoder is read and put where its file says, in every family. */
final class AutoencoderPlacesTest {
  private static final Path FIXTURES = FieldFixture.FIXTURES;
  private static final long[] IDS = {3, 1, 4, 1, 5};

  /** Folder of the autoencoder, model of the width 16, and the place by its own name. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "autoencoders/old-relu | llama/usual | model.layers.1.input",
        "autoencoders/old-relu | gpt_neox/whole-dynamic | gpt_neox.layers.1.input",
        "autoencoders/old-relu | falcon/new | transformer.h.1.input",
        "autoencoders/old-relu | plain | transformer.h.1.input",
        "autoencoders/old-heads | llama/usual | model.layers.1.self_attn.o_proj.input",
        "autoencoders/old-heads | plain | transformer.h.1.attn.c_proj.input",
        "scopes/sparsify/topk/layers.1 | llama/usual | model.layers.1.output",
        "scopes/sparsify/topk/layers.1 | gpt_neox/whole-dynamic | gpt_neox.layers.1.output",
        "scopes/sparsify/topk/layers.1 | plain | transformer.h.1.output",
        "scopes/sparsify/skip/layers.1.mlp | llama/usual | model.layers.1.mlp.input",
        "scopes/sparsify/signed/h.1 | plain | transformer.h.1.output",
        "scopes/gemma-scope/models--google--gemma-scope-2-270m-pt/snapshots/0/resid_post/layer_1_width_16k_l0_small | llama/usual | model.layers.1.output",
        "scopes/gemma-scope/models--google--gemma-scope-2b-pt-res/snapshots/0/embedding/width_4k/average_l0_6 | llama/usual | model.embed_tokens.output",
        "scopes/llama-scope/Llama3_1-8B-Base-L1R-8x | llama/usual | model.layers.1.output"
      })
  void readsThePlaceOfItsFile(String folder, String path, String place) {
    SparseAutoencoder sae = SparseAutoencoder.open(FIXTURES.resolve(folder));
    Saved<Axis> found;
    Saved<Axis> expected;
    try (LanguageModel<AnyModel> model = LanguageModel.open(FIXTURES.resolve(path));
        Generator<AnyModel> generator = model.trace();
        Invoker<AnyModel> invoker = generator.invoke(IDS)) {
      Decoder view = Decoder.of(invoker.model());
      expected = view.hook(place).save();
      found = sae.input(view).save();
      invoker.call("sae", sae, sae.input(view));
      assertThat(invoker.point("sae.features")).isNotNull();
    }
    assertWithMessage("%s in %s", folder, path).that(found.value()).isEqualTo(expected.value());
  }

  /** What is spliced is what the model goes on with; heads find their way back. */
  @ParameterizedTest
  @ValueSource(strings = {"autoencoders/old-relu", "autoencoders/old-heads"})
  void splicesAtThePlaceOfItsFile(String folder) {
    SparseAutoencoder sae = SparseAutoencoder.open(FIXTURES.resolve(folder));
    Saved<Axis> rebuilt;
    Saved<Axis> after;
    try (LanguageModel<AnyModel> model = LanguageModel.open(FIXTURES.resolve("llama/usual"));
        Generator<AnyModel> generator = model.trace();
        Invoker<AnyModel> invoker = generator.invoke(IDS)) {
      Decoder view = Decoder.of(invoker.model());
      Value<Axis> reconstruction = invoker.call("sae", sae, sae.input(view));
      sae.splice(view, reconstruction);
      rebuilt = reconstruction.save();
      after =
          view.hook(
                  folder.endsWith("heads")
                      ? "model.layers.1.self_attn.o_proj.input"
                      : "model.layers.1.input")
              .save();
    }
    assertThat(after.value()).isEqualTo(rebuilt.value());
  }

  @Test
  void aTranscoderIsPutWhereItsFileSays() {
    SparseAutoencoder sae =
        SparseAutoencoder.open(FIXTURES.resolve("scopes/sparsify/skip/layers.1.mlp"));
    Saved<Axis> rebuilt;
    Saved<Axis> after;
    try (LanguageModel<AnyModel> model = LanguageModel.open(FIXTURES.resolve("llama/usual"));
        Generator<AnyModel> generator = model.trace();
        Invoker<AnyModel> invoker = generator.invoke(IDS)) {
      Decoder view = Decoder.of(invoker.model());
      Value<Axis> reconstruction = invoker.call("sae", sae, sae.input(view));
      sae.splice(view, reconstruction);
      rebuilt = reconstruction.save();
      after = view.hook("layers.1.mlp").save();
    }
    Tensor found = after.value();
    assertThat(found).isEqualTo(rebuilt.value());
    assertThat(Arrays.stream(found.toDoubleArray()).anyMatch(each -> each != 0)).isTrue();
  }

  /** With what is nearest, or with what to do. */
  @ParameterizedTest
  @CsvSource(
      delimiter = '|',
      value = {
        "blocks.1.hook_resid_pos | did you mean 'hook_resid_post'",
        "blocks.1.ln2.hook_normalized | TransformerLens computes from changed weights",
        "blocks.9.hook_resid_post | layer(9) does not exist",
        "hook_pos_embed | does not exist in",
        "model.layers.1.mlpp.output | did you mean 'model.layers.1.mlp'",
        "layers.7 | is no place of llama: expected a module of Hugging Face",
        "mlp.act_fn | fits several modules: [model.layers.0.mlp.act_fn",
        "self_attn.input | fits several modules",
        ".output | is no place of"
      })
  void aHookThatTheModelLacks(String hook, String words) {
    SparseAutoencoder sae =
        SparseAutoencoder.open(FIXTURES.resolve("autoencoders/old-relu")).at(hook);
    assertThat(refused(sae)).contains(words);
  }

  @Test
  void aFileThatNamesNoPlace() {
    Path file = FIXTURES.resolve("autoencoders/old-relu/sae_weights.safetensors");
    assertThat(refused(SparseAutoencoder.load(file)))
        .contains("names no place of a model; say it, as in at(\"blocks.20.hook_resid_post\")");
    SparseAutoencoder sae = SparseAutoencoder.load(file);
    assertThrows(CheckpointException.class, () -> sae.at("layers.1.mlp.input", "layers.1.mlp"));
    SparseAutoencoder transcoder =
        SparseAutoencoder.open(FIXTURES.resolve("scopes/sparsify/skip/layers.1.mlp"));
    assertThrows(CheckpointException.class, () -> transcoder.at("layers.1.mlp"));
    assertThat(transcoder.at("layers.0.mlp.input", "layers.0.mlp").outputHook())
        .hasValue("layers.0.mlp");
  }

  private static String refused(SparseAutoencoder sae) {
    try (LanguageModel<AnyModel> model = LanguageModel.open(FIXTURES.resolve("llama/usual"))) {
      RecordingException error =
          assertThrows(
              RecordingException.class,
              () -> {
                try (Generator<AnyModel> generator = model.trace();
                    Invoker<AnyModel> invoker = generator.invoke(IDS)) {
                  invoker.call("sae", sae, sae.input(Decoder.of(invoker.model())));
                }
              });
      return String.valueOf(error.getMessage());
    }
  }
}
