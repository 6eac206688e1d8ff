package org.nnsight4j.op;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nnsight4j.shape.Dim;
import org.nnsight4j.shape.Dims;
import org.nnsight4j.shape.ShapeException;

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
          equation, "it names %d operands, found %d".formatted(inputs.length, operands.size()));
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
          "'%s' has %d axes, the operand has the shape %s"
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
            equation, "'%s' has the lengths %d and %d".formatted(letter, known.size(), dim.size()));
      }
      if (known == null || (!known.isKnown() && dim.isKnown())) {
        lengths.put(letter, dim);
      }
      uses.merge(letter, 1, Integer::sum);
    }
  }

  private static ShapeException refused(String equation, String why) {
    return new ShapeException("the equation '%s': %s".formatted(equation, why));
  }
}
