package org.nnsight4j.toolkit.interchange;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** One vector of a run: a place at a position. */
record Site(String hook, int position) {
  private static final int ROWS = 16;

  /** A pair with the vector of its source. */
  record Known(Counterfactual pair, Tensor source) {}

  /** Reads the vectors of all sources. */
  List<Known> read(LanguageModel<?> model, List<Counterfactual> pairs) {
    List<Known> known = new ArrayList<>();
    for (int from = 0; from < pairs.size(); from += ROWS) {
      List<Counterfactual> some = pairs.subList(from, Math.min(pairs.size(), from + ROWS));
      List<Saved<Axis>> vectors =
          Passes.all(
              model,
              some.stream().map(Counterfactual::source).toList(),
              (view, row) -> vector(view).save());
      for (int i = 0; i < some.size(); i++) {
        Tensor vector = vectors.get(i).value();
        known.add(new Known(some.get(i), Tensor.of(vector.toFloatArray(), (long) vector.size())));
      }
    }
    return known;
  }

  /** {@code [batch, width]}. */
  Value<Axis> vector(Decoder view) {
    Value<Axis> value = view.hook(hook);
    if (value.shape().rank() != 3) {
      throw view.fail(
          "%s has no vector for each token, its axes are %s; expected a place such as blocks.0.hook_resid_post"
              .formatted(hook, value.shape()));
    }
    return value.at(position).as(Axis.class);
  }

  /**
   * Puts the source's part of a subspace into the base: {@code h + (source - h) R R'}.
   *
   * @param rotation {@code [width, dimensions]}, its columns orthonormal
   */
  void put(Decoder view, Value<Axis> source, Value<Axis> rotation) {
    Value<Axis> own = vector(view);
    Value<Axis> basis = rotation.toType(own.dtype()).as(Axis.class);
    Value<Axis> difference = source.toType(own.dtype()).as(Axis.class).sub(own);
    own.set(own.add(difference.matMul(basis).matMul(basis.transpose())));
  }

  /** The share of pairs whose answer is the likeliest token. */
  double accuracy(LanguageModel<?> model, List<Known> pairs, Tensor rotation) {
    int right = 0;
    for (int from = 0; from < pairs.size(); from += ROWS) {
      List<Known> some = pairs.subList(from, Math.min(pairs.size(), from + ROWS));
      List<Saved<Axis>> best =
          Passes.all(
              model,
              some.stream().map(each -> each.pair.base()).toList(),
              (view, row) -> {
                Value<Axis> logits = Passes.any(view.logits());
                put(
                    view,
                    logits.constant(some.get(row).source.reshape(1, -1)).as(Axis.class),
                    logits.constant(rotation).as(Axis.class));
                return logits.at(-1).argMax(-1).save();
              });
      for (int i = 0; i < some.size(); i++) {
        right += (long) best.get(i).value().item() == some.get(i).pair.answer() ? 1 : 0;
      }
    }
    return right / (double) pairs.size();
  }

  /** Refuses pairs that cannot be compared at this position. */
  void require(LanguageModel<?> model, List<Counterfactual> pairs, String what) {
    if (pairs.isEmpty()) {
      throw new RunException("expected a pair or more to %s, found none".formatted(what));
    }
    for (Counterfactual pair : pairs) {
      PromptTokens base = PromptTokens.of(model, pair.base());
      base.requireAligned(PromptTokens.of(model, pair.source()));
      base.position(position);
      Answer.of(model, pair.answer());
    }
  }

  String name(LanguageModel<?> model) {
    return "%s, position %s of %s".formatted(hook, position, model.blueprint().architecture());
  }
}
