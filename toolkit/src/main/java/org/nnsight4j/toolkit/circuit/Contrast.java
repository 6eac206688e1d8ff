package org.nnsight4j.toolkit.circuit;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.values.Value;

/**
 * What is measured: the logit of an answer minus that of another, or the answer's log-probability;
 * the same for all pairs of prompts, or one for each.
 */
record Contrast(LanguageModel<?> model, List<Answer> answers, List<Answer> against) {
  Contrast {
    answers = List.copyOf(answers);
    against = List.copyOf(against);
  }

  static Contrast none(LanguageModel<?> model) {
    return new Contrast(model, List.of(), List.of());
  }

  Contrast answer(List<Answer> tokens) {
    return new Contrast(model, tokens, against);
  }

  Contrast against(List<Answer> tokens) {
    return new Contrast(model, answers, tokens);
  }

  List<Answer> texts(List<String> tokens) {
    return tokens.stream().map(token -> Answer.of(model, token)).toList();
  }

  /** Refuses pairs that it has no answer for. */
  void require(int pairs) {
    if (answers.isEmpty()) {
      throw new RunException("no answer was given; answer(\" Mary\") names the token to measure");
    }
    requireFor(answers, "answer", pairs);
    if (!against.isEmpty()) {
      requireFor(against, "other answer", pairs);
    }
  }

  private static void requireFor(List<Answer> tokens, String what, int pairs) {
    if (tokens.size() != 1 && tokens.size() != pairs) {
      throw new RunException(
          "expected one %s for all or one for each of %s pairs, found %s"
              .formatted(what, pairs, tokens.size()));
    }
  }

  /**
   * The measure of one row.
   *
   * @param logits {@code [row, vocabulary]}
   * @param pair whose answers are measured
   */
  Value<Axis> of(Value<Axis> logits, int row, int pair) {
    long answer = one(answers, pair).id();
    return against.isEmpty()
        ? logits.get(row + ":" + (row + 1)).logSoftmax(-1).get("0, " + answer)
        : logits.get(row + ", " + answer).sub(logits.get(row + ", " + one(against, pair).id()));
  }

  /** The measures of pairs in consecutive rows, one after the other. */
  List<Value<Axis>> all(Value<Axis> logits, int firstRow, List<Integer> pairs) {
    List<Value<Axis>> measures = new ArrayList<>();
    for (int i = 0; i < pairs.size(); i++) {
      measures.add(of(logits, firstRow + i, pairs.get(i)));
    }
    return measures;
  }

  private static Answer one(List<Answer> tokens, int pair) {
    return tokens.get(tokens.size() == 1 ? 0 : pair);
  }

  /** How figures call it. */
  String label() {
    String answer = answers.size() == 1 ? answers.get(0).label() : "answer";
    return against.isEmpty()
        ? "log-probability of " + answer
        : "%s - %s (logits)"
            .formatted(answer, against.size() == 1 ? against.get(0).label() : "other answer");
  }
}
