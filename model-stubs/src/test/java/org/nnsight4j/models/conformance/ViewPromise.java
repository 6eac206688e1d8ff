package org.nnsight4j.models.conformance;

import static com.google.common.truth.Truth.assertWithMessage;

import java.util.LinkedHashMap;
import java.util.Map;
import java.util.Optional;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.arch.DecoderAttention;
import org.nnsight4j.arch.DecoderLayer;
import org.nnsight4j.arch.DenseMlp;
import org.nnsight4j.arch.RotatedHeads;
import org.nnsight4j.arch.SequentialBlock;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * What the view that all decoders share says of a model is true of its numbers: contributions add
 * up to the next residual stream, rows of the pattern are weights, heads have their counts, and
 * what the last stream is projected to are the logits.
 */
final class ViewPromise {
  private static final double TOLERANCE = 2e-5;

  private final long[] prompt;
  private final Map<String, Saved<?>> found = new LinkedHashMap<>();
  private final Map<String, Saved<?>> expected = new LinkedHashMap<>();
  private final Map<String, Saved<?>> moved = new LinkedHashMap<>();

  private ViewPromise(long[] prompt) {
    this.prompt = prompt;
  }

  static void check(LanguageModel<AnyModel> model, long[] prompt) {
    new ViewPromise(prompt).check(model);
  }

  private void check(LanguageModel<AnyModel> model) {
    Saved<?> logits;
    try (Generator<AnyModel> generator = model.trace()) {
      try (Invoker<AnyModel> invoker = generator.invoke(prompt)) {
        Decoder view = Decoder.of(invoker.model());
        ends(view);
        for (int i = 0; i < view.layerCount(); i++) {
          layer(view.layer(i));
          hooks(view, i);
        }
        logits = view.logits().save();
      }
      for (int i = 0; i < layers(model); i++) {
        try (Invoker<AnyModel> invoker = generator.invoke(prompt)) {
          Value<Decoder.Key> pattern = invoker.model().layer(i).attention().pattern();
          pattern.set(pattern.mul(0).add(1.0 / prompt.length));
          moved.put("pattern of layer " + i, invoker.model().logits().save());
        }
      }
    }
    expected.forEach((what, value) -> same(what, value.value(), found.get(what).value()));
    moved.forEach(
        (what, value) ->
            assertWithMessage("a write to the %s moves the logits", what)
                .that(distance(logits.value(), value.value()))
                .isGreaterThan(1e-4));
  }

  private static int layers(LanguageModel<AnyModel> model) {
    return model.blueprint().decoder().layers().size();
  }

  private void ends(Decoder view) {
    equal("projected stream", view.logits(), view.project(view.layer(-1).output()));
    equal("first stream", view.embedded(), view.layer(0).input());
    equal("embedding", view.tokenEmbeddings(), view.tokenEmbeddings());
  }

  private void layer(DecoderLayer layer) {
    if (layer.addsUp()) {
      equal(
          "sum of " + layer,
          layer.output(),
          layer.input().add(layer.attentionOut()).add(layer.mlpOut()));
    }
    Optional<Value<Decoder.Hidden>> middle = layer.sequential().map(SequentialBlock::middle);
    if (layer.addsUp() && middle.isPresent()) {
      equal("middle of " + layer, layer.output(), middle.get().add(layer.mlpOut()));
    }
    DecoderAttention attention = layer.attention();
    Value<Decoder.Key> pattern = attention.pattern();
    equal("rows of " + attention, one(pattern, attention), pattern.sum(3));
    shape(attention.q(), attention.heads(), attention.headDim(), "q of " + attention);
    shape(attention.k(), attention.kvHeads(), attention.headDim(), "k of " + attention);
    shape(attention.v(), attention.kvHeads(), attention.headDim(), "v of " + attention);
    shape(attention.z(), attention.heads(), attention.headDim(), "z of " + attention);
    Optional<RotatedHeads> rotated = attention.rotated();
    rotated.ifPresent(
        heads -> shape(heads.q(), attention.heads(), attention.headDim(), "rotQ of " + attention));
  }

  /**
   * Sinks take a part that no other value says, so there the rows are only compared with
   * themselves.
   */
  private static Value<Axis> one(Value<Decoder.Key> pattern, DecoderAttention attention) {
    Value<Axis> rows = pattern.sum(3);
    return attention.hasSinks() ? rows : rows.mul(0).add(1);
  }

  private void hooks(Decoder view, int index) {
    DecoderLayer layer = view.layer(index);
    String block = "blocks." + index + ".";
    equal(block + "hook_resid_pre", layer.input(), view.hook(block + "hook_resid_pre"));
    equal(block + "hook_mlp_out", layer.mlpOut(), view.hook(block + "hook_mlp_out"));
    equal(
        block + "attn.hook_pattern",
        layer.attention().pattern(),
        view.hook(block + "attn.hook_pattern"));
    Optional<DenseMlp> mlp = layer.denseMlp();
    if (mlp.isPresent()) {
      equal(block + "mlp.hook_post", mlp.get().neurons(), view.hook(block + "mlp.hook_post"));
    }
  }

  private void shape(Value<?> value, int heads, int width, String what) {
    assertWithMessage("the heads of %s", what).that(value.shape().get(1).size()).isEqualTo(heads);
    assertWithMessage("the width of %s", what).that(value.shape().get(3).size()).isEqualTo(width);
  }

  private void equal(String what, Value<?> wanted, Value<?> value) {
    expected.put(what, wanted.save());
    found.put(what, value.save());
  }

  private static void same(String what, Tensor expected, Tensor found) {
    assertWithMessage("the shape of the %s", what).that(found.shape()).isEqualTo(expected.shape());
    double scale = 1;
    for (int i = 0; i < expected.size(); i++) {
      scale = Math.max(scale, Math.abs(expected.at(i)));
    }
    assertWithMessage("the %s", what).that(distance(expected, found)).isAtMost(TOLERANCE * scale);
  }

  private static double distance(Tensor left, Tensor right) {
    double most = 0;
    for (int i = 0; i < left.size(); i++) {
      most = Math.max(most, Math.abs(left.at(i) - right.at(i)));
    }
    return most;
  }
}
