package org.nnsight4j.internal.decode;

import org.nnsight4j.error.RunException;

/**
 * A model whose answers are checked: as many rows as asked for, and numbers that can be decoded.
 */
final class CheckedModel implements NextToken {
  private final NextToken model;
  private final int prompts;
  private int step;

  CheckedModel(NextToken model, int prompts) {
    this.model = model;
    this.prompts = prompts;
  }

  @Override
  public float[][] first() {
    return check(model.first(), prompts);
  }

  @Override
  public float[][] next(int[] rows, long[] tokens) {
    step++;
    return check(model.next(rows, tokens), rows.length);
  }

  private float[][] check(float[][] logits, int rows) {
    if (logits.length != rows) {
      throw new RunException(
          "expected %s rows of logits for new token %s, the model returned %s"
              .formatted(rows, step, logits.length));
    }
    for (int row = 0; row < rows; row++) {
      checkNumbers(logits[row], row);
    }
    return logits;
  }

  private void checkNumbers(float[] logits, int row) {
    float largest = Float.NEGATIVE_INFINITY;
    for (int i = 0; i < logits.length; i++) {
      float logit = logits[i];
      if (Float.isNaN(logit) || logit == Float.POSITIVE_INFINITY) {
        throw new RunException(
            "expected finite logits, found %s for token %s (row %s, new token %s); an intervention or a damaged weight made it: save hidden states of earlier layers to find the first"
                .formatted(logit, i, row, step));
      }
      largest = Math.max(largest, logit);
    }
    if (largest == Float.NEGATIVE_INFINITY) {
      throw new RunException(
          "expected a possible token, found -Infinity for all %s (row %s, new token %s); an intervention excluded every token"
              .formatted(logits.length, row, step));
    }
  }
}
