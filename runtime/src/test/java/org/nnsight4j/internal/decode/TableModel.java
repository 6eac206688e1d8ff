package org.nnsight4j.internal.decode;

import java.util.Arrays;
import java.util.List;

/** A model whose logits are the row of a state, which folds in every token of the sequence. */
final class TableModel implements NextToken {
  private final float[][] table;
  private final List<long[]> prompts;
  private int[] states = {};
  int calls;
  int rowsRun;

  TableModel(float[][] table, List<long[]> prompts) {
    this.table = table;
    this.prompts = prompts;
  }

  @Override
  public float[][] first() {
    states = prompts.stream().mapToInt(this::state).toArray();
    return logits();
  }

  @Override
  public float[][] next(int[] rows, long[] tokens) {
    calls++;
    rowsRun += rows.length;
    int[] continued = new int[rows.length];
    for (int i = 0; i < rows.length; i++) {
      continued[i] = after(states[rows[i]], tokens[i]);
    }
    states = continued;
    return logits();
  }

  int state(long[] ids) {
    int state = 0;
    for (long id : ids) {
      state = after(state, id);
    }
    return state;
  }

  private int after(int state, long token) {
    return (int) ((state * 5L + token + 1) % table.length);
  }

  private float[][] logits() {
    return Arrays.stream(states).mapToObj(state -> table[state].clone()).toArray(float[][]::new);
  }
}
