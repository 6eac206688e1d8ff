package org.nnsight4j.toolkit.internal;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** A linear module read backwards: which direction of its input is a direction of its output. */
public final class LinearModule {
  private LinearModule() {}

  /**
   * One question.
   *
   * @param module its path
   * @param width how wide its input is
   * @param after a direction of its output
   */
  public record Question(String module, int width, double[] after) {}

  /**
   * The answer.
   *
   * @param before the direction of its input
   * @param bias what the module's bias alone has along {@code after}
   */
  public record Direction(double[] before, double bias) {}

  private record Asked(Saved<Axis> gradient, Saved<Axis> bias) {}

  /** All directions, in one pass over one token, which stops before the first layer. */
  public static List<Direction> back(LanguageModel<?> model, List<Question> questions) {
    List<Asked> asked =
        Passes.without(
            model,
            view -> {
              List<Asked> all = new ArrayList<>();
              for (Question each : questions) {
                Value<Axis> zero =
                    Passes.any(
                        view.logits().constant(Tensor.of(new float[each.width], 1, 1, each.width)));
                Value<Axis> given = view.module(each.module).apply(zero);
                Value<Axis> along = given.mul(given.constant(Numbers.tensor(each.after))).sum();
                all.add(new Asked(zero.gradient(along).save(), along.save()));
              }
              return all;
            });
    return asked.stream()
        .map(each -> new Direction(Numbers.of(each.gradient().value()), each.bias().value().item()))
        .toList();
  }

  /**
   * The direction before the unembedding whose product is a logit, or a difference of two; and what
   * biases add.
   *
   * @param modules what stands between the last normalisation and the logits, the unembedding last
   * @param against the other answer, or none for a plain logit
   */
  public static Direction unembedding(
      LanguageModel<?> model,
      List<String> modules,
      int width,
      Answer answer,
      List<Answer> against) {
    Asked asked =
        Passes.without(
            model,
            view -> {
              Value<Axis> zero =
                  Passes.any(view.logits().constant(Tensor.of(new float[width], 1, 1, width)));
              Value<Axis> given = zero;
              for (String module : modules) {
                given = view.module(module).apply(given);
              }
              Value<Axis> logit = given.get("0, 0, " + answer.id());
              for (Answer other : against) {
                logit = logit.sub(given.get("0, 0, " + other.id()));
              }
              return new Asked(zero.gradient(logit).save(), logit.save());
            });
    return new Direction(Numbers.of(asked.gradient().value()), asked.bias().value().item());
  }
}
