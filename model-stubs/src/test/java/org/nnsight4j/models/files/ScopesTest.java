package org.nnsight4j.models.files;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.IntStream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.attach.SparseAutoencoder;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Autoencoders of sparsify, Gemma Scope and Llama Scope ({@code scope_fixtures.py}). */
final class ScopesTest {
  private static final FieldFixture FIXTURE = new FieldFixture("scopes");

  private record Run(Saved<Axis> features, Saved<Axis> rebuilt) {}

  @Test
  void computesWhatItsLibraryDoes() {
    List<FieldFixture.Case> cases = FIXTURE.cases().toList();
    assertThat(cases).hasSize(19);
    List<Run> runs = new ArrayList<>();
    try (LanguageModel<AnyModel> model =
            LanguageModel.open(FieldFixture.FIXTURES.resolve("llama/usual"));
        Generator<AnyModel> generator = model.trace();
        Invoker<AnyModel> invoker = generator.invoke(new long[] {1, 2})) {
      Value<Axis> input = invoker.constant(FIXTURE.tensor("input"));
      for (int i = 0; i < cases.size(); i++) {
        SparseAutoencoder sae = SparseAutoencoder.open(cases.get(i).path());
        Saved<Axis> rebuilt = invoker.call("sae" + i, sae, input).save();
        runs.add(new Run(invoker.point("sae" + i + ".features").save(), rebuilt));
      }
    }
    for (int i = 0; i < cases.size(); i++) {
      FieldFixture.Case each = cases.get(i);
      Tensor features = runs.get(i).features().value();
      each.check("features", features);
      each.check("rebuilt", runs.get(i).rebuilt().value());
      assertWithMessage("%s: active features", each)
          .that(active(features))
          .isEqualTo(
              StreamSupport.stream(each.get("active").spliterator(), false)
                  .map(JsonNode::asInt)
                  .toList());
    }
  }

  private static List<Integer> active(Tensor features) {
    int width = (int) features.shape(-1);
    return IntStream.range(0, features.size() / width)
        .mapToObj(
            row ->
                (int)
                    IntStream.range(row * width, (row + 1) * width)
                        .filter(i -> features.at(i) != 0)
                        .count())
        .toList();
  }

  /** JumpReLU is {@code pre} where {@code pre > threshold}, and not where it is equal. */
  @Test
  void aFeatureAtItsThresholdIsOff(@TempDir Path directory) {
    Path file = directory.resolve("sae.safetensors");
    Tensor unit = Tensor.of(new float[] {1, 0, 0, 0, 1, 0, 0, 0, 1}, 3, 3);
    Tensor zeros = Tensor.of(new float[3], 3);
    Tensor threshold = Tensor.of(new float[] {1, 1, 1}, 3);
    Safetensors.write(
        file,
        Map.of(
            "W_enc", unit, "b_enc", zeros, "W_dec", unit, "b_dec", zeros, "threshold", threshold),
        Map.of());
    Saved<Axis> rebuilt;
    try (LanguageModel<AnyModel> model =
            LanguageModel.open(FieldFixture.FIXTURES.resolve("llama/usual"));
        Generator<AnyModel> generator = model.trace();
        Invoker<AnyModel> invoker = generator.invoke(new long[] {1, 2})) {
      float above = Math.nextUp(1f);
      Value<Axis> input =
          invoker.constant(Tensor.of(new float[] {1, above, 2, -3, 0.5f, 1}, 1, 2, 3));
      rebuilt = invoker.call("sae", SparseAutoencoder.load(file), input).save();
    }
    assertThat(rebuilt.value())
        .isEqualTo(Tensor.of(new float[] {0, Math.nextUp(1f), 2, 0, 0, 0}, 1, 2, 3));
  }

  /** What the folders, the configuration, or both say. */
  @Test
  void knowsWhereItBelongs() {
    Map<String, String> places = new LinkedHashMap<>();
    FIXTURE
        .cases()
        .forEach(
            each -> {
              SparseAutoencoder sae = SparseAutoencoder.open(each.path());
              String name = each.toString().replaceFirst("models--google--", "");
              places.put(
                  name.replaceFirst("/snapshots/0", ""),
                  sae.hook().orElse("?") + sae.outputHook().map(out -> " -> " + out).orElse(""));
            });
    assertThat(places)
        .containsExactly(
            "sparsify/topk/layers.1",
            "layers.1.output",
            "sparsify/groupmax/layers.1.mlp",
            "layers.1.mlp.output",
            "sparsify/transcoder/layers.0.mlp",
            "layers.0.mlp.input -> layers.0.mlp.output",
            "sparsify/skip/layers.1.mlp",
            "layers.1.mlp.input -> layers.1.mlp.output",
            "sparsify/signed/h.1",
            "h.1.output",
            "gemma-scope/gemma-scope-2b-pt-res/layer_1/width_16k/average_l0_71",
            "blocks.1.hook_resid_post",
            "gemma-scope/gemma-scope-2b-pt-att/layer_0/width_16k/average_l0_71",
            "blocks.0.attn.hook_z",
            "gemma-scope/gemma-scope-2b-pt-mlp/layer_1/width_65k/average_l0_9",
            "blocks.1.hook_mlp_out",
            "gemma-scope/gemma-scope-2b-pt-transcoders/layer_1/width_16k/average_l0_6",
            "model.layers.1.pre_feedforward_layernorm.output -> blocks.1.hook_mlp_out",
            "gemma-scope/gemma-scope-2b-pt-res/embedding/width_4k/average_l0_6",
            "hook_embed",
            "gemma-scope/gemma-scope-2-270m-pt/resid_post/layer_1_width_16k_l0_small",
            "model.layers.1.output",
            "gemma-scope/gemma-scope-2-270m-pt/transcoder_all/layer_1_width_16k_l0_small_affine",
            "model.layers.1.pre_feedforward_layernorm.output -> model.layers.1.post_feedforward_layernorm.output",
            "gemma-scope/gemma-scope-2-270m-pt/attn_out_all/layer_0_width_16k_l0_big",
            "model.layers.0.self_attn.o_proj.input",
            "gemma-scope/gemma-scope-2-270m-pt/transcoder/layer_0_width_16k_l0_big",
            "model.layers.0.pre_feedforward_layernorm.output -> model.layers.0.post_feedforward_layernorm.output",
            "llama-scope/Llama3_1-8B-Base-L1R-8x",
            "blocks.1.hook_resid_post",
            "llama-scope/Llama3_1-8B-Base-L1TC-8x",
            "blocks.1.ln2.hook_normalized -> blocks.1.hook_mlp_out",
            "llama-scope/relu-centred",
            "blocks.0.hook_resid_post",
            "llama-scope/topk-as-jumprelu",
            "blocks.0.hook_resid_post",
            "llama-scope/topk",
            "blocks.0.hook_resid_post");
  }
}
