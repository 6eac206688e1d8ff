package org.nnsight4j.models.gpt2.loading;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.DynamicContainer.dynamicContainer;
import static org.junit.jupiter.api.DynamicTest.dynamicTest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicNode;
import org.junit.jupiter.api.TestFactory;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.Fixtures;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Every layer's numbers against Hugging Face transformers, for configurations of all kinds. */
final class ForwardMatchesHuggingFaceTest {
  private static final double TOLERANCE = 1e-5;

  @TestFactory
  Stream<DynamicNode> forward() {
    return models().map(name -> dynamicContainer(name, cases(name, "forward", this::forward)));
  }

  @TestFactory
  Stream<DynamicNode> padded() {
    return models().map(name -> dynamicContainer(name, cases(name, "padded", this::padded)));
  }

  @TestFactory
  Stream<DynamicNode> oneInvokerForEachRow() {
    return models().map(name -> dynamicContainer(name, cases(name, "padded", this::invokers)));
  }

  private static Stream<String> models() {
    return Fixtures.allModels().stream();
  }

  private interface Check {
    void run(LanguageModel<Gpt2> model, Fixtures.Case each);
  }

  private static Stream<DynamicNode> cases(String name, String kind, Check check) {
    Fixtures fixtures = Fixtures.of(name);
    return fixtures
        .cases(kind)
        .map(
            each ->
                dynamicTest(
                    each.name(),
                    () -> {
                      try (LanguageModel<Gpt2> model = fixtures.shared()) {
                        check.run(model, each);
                      }
                    }));
  }

  private void forward(LanguageModel<Gpt2> gpt2, Fixtures.Case each) {
    compare(gpt2, each, false);
    // The fused attention and the one in steps are different code; both must be right.
    compare(gpt2, each, true);
  }

  private static void compare(LanguageModel<Gpt2> gpt2, Fixtures.Case each, boolean patterns) {
    Map<String, Saved<?>> saved = new LinkedHashMap<>();
    try (Generator<Gpt2> generator = gpt2.trace();
        Invoker<Gpt2> invoker = generator.invoke(each.inputs())) {
      Gpt2 model = invoker.model();
      hidden(gpt2, model).forEach((what, value) -> saved.put(what, value.save()));
      saved.put("logits", model.output().save());
      if (patterns) {
        for (int layer = 0; layer < layers(gpt2); layer++) {
          saved.put(
              "attentions." + layer, model.transformer().h(layer).attn().pattern().output().save());
        }
        if (each.node.has("layer")) {
          int layer = each.node.get("layer").asInt();
          inside("h." + layer + ".", model.transformer().h(layer), saved);
        }
      }
    }
    // Of long inputs the fixtures keep less, to stay small.
    saved.keySet().removeIf(what -> !each.has(what));
    assertThat(saved.keySet()).containsAtLeast("logits", "hidden_states.0");
    saved.forEach((what, value) -> each.assertClose(what, value.value(), TOLERANCE));
  }

  private static void inside(String prefix, Gpt2.Block block, Map<String, Saved<?>> saved) {
    saved.put(prefix + "block.in", block.input().save());
    saved.put(prefix + "ln_1", block.ln1().output().save());
    saved.put(prefix + "attn.c_attn", block.attn().cAttn().output().save());
    saved.put(prefix + "q", block.attn().q().output().save());
    saved.put(prefix + "k", block.attn().k().output().save());
    saved.put(prefix + "v", block.attn().v().output().save());
    saved.put(prefix + "pattern", block.attn().pattern().output().save());
    saved.put(prefix + "z", block.attn().z().output().save());
    saved.put(prefix + "attn.c_proj", block.attn().cProj().output().save());
    saved.put(prefix + "resid_mid", block.ln2().input().save());
    saved.put(prefix + "ln_2", block.ln2().output().save());
    saved.put(prefix + "mlp.c_fc", block.mlp().cFc().output().save());
    saved.put(prefix + "mlp.act", block.mlp().act().output().save());
    saved.put(prefix + "mlp.c_proj", block.mlp().cProj().output().save());
    saved.put(prefix + "block", block.output(0).save());
  }

  private void padded(LanguageModel<Gpt2> gpt2, Fixtures.Case each) {
    Map<String, Saved<?>> saved = new LinkedHashMap<>();
    try (Generator<Gpt2> generator = gpt2.trace();
        Invoker<Gpt2> invoker = generator.invoke(each.inputs())) {
      Gpt2 model = invoker.model();
      hidden(gpt2, model).forEach((what, value) -> saved.put(what, value.save()));
      saved.put("logits", model.lmHead().output().save());
    }
    long[][] rows = each.inputs();
    saved.forEach(
        (what, value) -> {
          for (int row = 0; row < rows.length; row++) {
            each.assertClose(
                "row." + row + "/" + what,
                unpadded(value.value(), row, rows[row].length),
                TOLERANCE);
          }
        });
  }

  /** The same rows as invokers of their own: none sees the padding of another. */
  private void invokers(LanguageModel<Gpt2> gpt2, Fixtures.Case each) {
    List<Map<String, Saved<?>>> rows = new ArrayList<>();
    try (Generator<Gpt2> generator = gpt2.trace()) {
      for (long[] row : each.inputs()) {
        try (Invoker<Gpt2> invoker = generator.invoke(row)) {
          Map<String, Saved<?>> saved = new LinkedHashMap<>();
          hidden(gpt2, invoker.model()).forEach((what, value) -> saved.put(what, value.save()));
          saved.put("logits", invoker.model().output().save());
          rows.add(saved);
        }
      }
    }
    for (int row = 0; row < rows.size(); row++) {
      int length = each.inputs()[row].length;
      String prefix = "row." + row + "/";
      rows.get(row)
          .forEach(
              (what, value) ->
                  each.assertClose(prefix + what, unpadded(value.value(), 0, length), TOLERANCE));
    }
  }

  /** hidden_states of Hugging Face: the input of every block, and the normed end. */
  private static Map<String, Value<?>> hidden(LanguageModel<Gpt2> gpt2, Gpt2 model) {
    Map<String, Value<?>> values = new LinkedHashMap<>();
    values.put("hidden_states." + layers(gpt2), model.transformer().output());
    // Against the order of the forward pass, on purpose.
    for (int layer = layers(gpt2) - 1; layer >= 0; layer--) {
      values.put("hidden_states." + layer, model.transformer().h(layer).input());
    }
    return values;
  }

  private static int layers(LanguageModel<Gpt2> gpt2) {
    return gpt2.config().integer("n_layer");
  }

  /** One row [positions, width] of a left-padded [batch, positions, width]. */
  private static Tensor unpadded(Tensor batch, int row, int length) {
    int positions = (int) batch.shape(1);
    int width = (int) batch.shape(2);
    float[] all = batch.toFloatArray();
    int begin = (row * positions + positions - length) * width;
    return Tensor.of(
        java.util.Arrays.copyOfRange(all, begin, begin + length * width), length, width);
  }
}
