package org.nnsight4j.internal.op;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import java.util.stream.Collectors;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/** The shape of an Einstein sum from its equation, {@code "bqd,bkd->bqk"}. */
final class Einsum {
  private Einsum() {}

  static Dims shape(String equation, List<Dims> operands) {
    String text = equation.replace(" ", "");
    if (text.contains("...")) {
      throw refused(equation, "'...' is not supported: name every axis with a letter");
    }
    String[] sides = text.split("->", -1);
    if (sides.length > 2) {
      throw refused(equation, "it has more than one '->'");
    }
    String[] inputs = sides[0].split(",", -1);
    if (inputs.length != operands.size()) {
      throw refused(
          equation, "it names %s operands, found %s".formatted(inputs.length, operands.size()));
    }
    Map<Character, Dim> lengths = new LinkedHashMap<>();
    Map<Character, Integer> uses = new TreeMap<>();
    for (int i = 0; i < inputs.length; i++) {
      read(equation, inputs[i], operands.get(i), lengths, uses);
    }
    StringBuilder output = new StringBuilder(sides.length == 2 ? sides[1] : "");
    if (sides.length == 1) {
      uses.forEach((letter, count) -> output.append(count == 1 ? letter.toString() : ""));
    }
    List<Dim> axes = new ArrayList<>();
    for (int i = 0; i < output.length(); i++) {
      char letter = output.charAt(i);
      Dim dim = lengths.get(letter);
      if (dim == null) {
        throw refused(equation, "'%s' of the result is an axis of no operand".formatted(letter));
      }
      if (output.indexOf(String.valueOf(letter)) != i) {
        throw refused(equation, "'%s' stands twice in the result".formatted(letter));
      }
      axes.add(dim);
    }
    return new Dims(axes);
  }

  private static void read(
      String equation,
      String letters,
      Dims dims,
      Map<Character, Dim> lengths,
      Map<Character, Integer> uses) {
    if (letters.length() != dims.rank()) {
      throw refused(
          equation,
          "'%s' has %s axes, the operand has the shape %s"
              .formatted(letters, letters.length(), dims));
    }
    for (int i = 0; i < letters.length(); i++) {
      char letter = letters.charAt(i);
      if (!((letter >= 'a' && letter <= 'z') || (letter >= 'A' && letter <= 'Z'))) {
        throw refused(equation, "an axis is a letter, found '%s'".formatted(letter));
      }
      Dim dim = dims.get(i);
      Dim known = lengths.get(letter);
      if (known != null && known.isKnown() && dim.isKnown() && known.size() != dim.size()) {
        throw refused(
            equation, "'%s' has the lengths %s and %s".formatted(letter, known.size(), dim.size()));
      }
      if (known == null || (!known.isKnown() && dim.isKnown())) {
        lengths.put(letter, dim);
      }
      uses.merge(letter, 1, Integer::sum);
    }
  }

  /**
   * Multiplies the result so far by one operand after the other, over the letters that are still
   * needed.
   */
  static double cost(CostInputs in) {
    double cost = in.elements();
    for (double[] product : products(in)) {
      cost += 2 * product[0];
    }
    return cost;
  }

  /** The operands as matrices, and the largest intermediate result. */
  static double scratch(CostInputs in) {
    double largest = 0;
    for (double[] product : products(in)) {
      largest = Math.max(largest, product[1]);
    }
    return Scratch.numbers(2 * in.elements() + 3 * largest);
  }

  /** For each operand after the first, the number of products, and of elements of their sums. */
  private static List<double[]> products(CostInputs in) {
    String[] sides = in.text(1).replace(" ", "").split("->", -1);
    String[] operands = sides[0].split(",", -1);
    Map<Character, Double> lengths = new TreeMap<>();
    List<Meta> tensors = in.tensors();
    for (int i = 0; i < operands.length; i++) {
      for (int axis = 0; axis < operands[i].length(); axis++) {
        double length = in.length(tensors.get(i).dims().get(axis));
        lengths.merge(operands[i].charAt(axis), length, Math::max);
      }
    }
    Map<Character, Integer> last = lastUses(operands, sides);
    List<double[]> products = new ArrayList<>();
    Set<Character> there = letters(operands[0]);
    for (int i = 1; i < operands.length; i++) {
      int place = i;
      there.addAll(letters(operands[i]));
      double all = size(there, lengths);
      there.removeIf(letter -> last.getOrDefault(letter, 0) <= place);
      products.add(new double[] {all, size(there, lengths)});
    }
    return products;
  }

  private static double size(Set<Character> letters, Map<Character, Double> lengths) {
    return letters.stream().mapToDouble(lengths::get).reduce(1, (a, b) -> a * b);
  }

  /** The last operand that has a letter; the result comes after all of them. */
  private static Map<Character, Integer> lastUses(String[] operands, String[] sides) {
    Map<Character, Integer> last = new TreeMap<>();
    for (int i = 0; i < operands.length; i++) {
      for (char letter : letters(operands[i])) {
        // Without "->" the result may have any of them.
        last.put(letter, sides.length == 2 ? i : operands.length);
      }
    }
    for (char letter : letters(sides[sides.length - 1])) {
      last.put(letter, operands.length);
    }
    return last;
  }

  private static Set<Character> letters(String text) {
    return text.chars()
        .mapToObj(letter -> (char) letter)
        .collect(Collectors.toCollection(TreeSet::new));
  }

  private static ShapeException refused(String equation, String why) {
    return new ShapeException("the equation '%s': %s".formatted(equation, why));
  }
}
