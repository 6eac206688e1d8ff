package org.nnsight4j.toolkit.circuit;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.stream.IntStream;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.circuit.CircuitEdge.Input;

/** Which writers each reader reads from the circuit's run. */
final class EdgeMasks {
  private final CircuitSizes sizes;
  private final int positions;
  private final List<List<Set>> attention = new ArrayList<>();
  private final List<int[]> setOfReader = new ArrayList<>();
  private final List<boolean[]> mlps = new ArrayList<>();
  private final boolean[] logits;

  /** One set of edges into readers of a layer's attention; {@code [writer * positions]}. */
  record Set(boolean[] chosen) {
    boolean isEmpty() {
      return IntStream.range(0, chosen.length).noneMatch(i -> chosen[i]);
    }
  }

  /**
   * Those of a circuit.
   *
   * @param positions 0 if its edges are of all positions together
   */
  EdgeMasks(Circuit circuit, int positions) {
    this.sizes = circuit.sizes();
    this.positions = positions;
    Map<String, boolean[]> chosen = new HashMap<>();
    for (CircuitSizes.Reader reader : sizes.readers()) {
      chosen.put(name(reader), new boolean[reader.sources() * Math.max(1, positions)]);
    }
    for (CircuitEdge edge : circuit.included()) {
      CircuitNode target = edge.target().at(CircuitNode.EVERYWHERE);
      boolean[] own = Objects.requireNonNull(chosen.get(target.name() + edge.input()));
      int source = sizes.index(edge.source());
      own[positions == 0 ? source : source * positions + edge.source().position()] = true;
    }
    for (int layer = 0; layer < sizes.layers(); layer++) {
      List<Set> sets = new ArrayList<>();
      List<CircuitSizes.Reader> readers = sizes.attention(layer);
      int[] numbers = new int[readers.size()];
      for (int i = 0; i < numbers.length; i++) {
        Set own = new Set(Objects.requireNonNull(chosen.get(name(readers.get(i)))));
        numbers[i] = own.isEmpty() ? -1 : number(sets, own);
      }
      attention.add(sets);
      setOfReader.add(numbers);
      mlps.add(Objects.requireNonNull(chosen.get(CircuitNode.mlp(layer).name() + Input.WHOLE)));
    }
    logits = Objects.requireNonNull(chosen.get(CircuitNode.logits().name() + Input.WHOLE));
  }

  private static String name(CircuitSizes.Reader reader) {
    return reader.node().name() + reader.input();
  }

  private static int number(List<Set> sets, Set own) {
    for (int i = 0; i < sets.size(); i++) {
      if (Arrays.equals(sets.get(i).chosen, own.chosen)) {
        return i;
      }
    }
    sets.add(own);
    return sets.size() - 1;
  }

  CircuitSizes sizes() {
    return sizes;
  }

  /** The different sets of a layer's attention that are not empty. */
  List<Set> attention(int layer) {
    return attention.get(layer);
  }

  /** Which set a head has, or -1 for the empty one. */
  int set(int layer, Input input, int head) {
    int first =
        switch (input) {
          case Q -> 0;
          case K -> sizes.heads();
          default -> sizes.heads() + sizes.keyValueHeads();
        };
    return setOfReader.get(layer)[first + head];
  }

  Tensor mlp(int layer) {
    return tensor(List.of(new Set(mlps.get(layer))));
  }

  Tensor logits() {
    return tensor(List.of(new Set(logits)));
  }

  Tensor tensor(List<Set> sets) {
    int each = sets.get(0).chosen.length;
    float[] numbers = new float[sets.size() * each];
    for (int set = 0; set < sets.size(); set++) {
      for (int i = 0; i < each; i++) {
        numbers[set * each + i] = sets.get(set).chosen[i] ? 1 : 0;
      }
    }
    return positions == 0
        ? Tensor.of(numbers, sets.size(), each)
        : Tensor.of(numbers, sets.size(), each / positions, positions);
  }
}
