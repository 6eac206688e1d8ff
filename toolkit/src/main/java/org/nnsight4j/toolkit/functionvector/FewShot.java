package org.nnsight4j.toolkit.functionvector;

import java.util.ArrayList;
import java.util.Collections;
import java.util.List;
import java.util.Random;
import org.nnsight4j.error.RunException;

/**
 * Prompts that show a task by examples, {@code Q: France\nA: Paris\n\nQ: Italy\nA:}, and the same
 * with outputs that belong to other inputs. Immutable; the same seed gives the same prompts.
 *
 * <pre>{@code
 * FewShot capitals = FewShot.of(List.of(new FewShot.Example("France", "Paris"), ...)).shots(5);
 * FunctionVectors.of(gpt2).run(capitals);
 * }</pre>
 */
public final class FewShot {
  private final List<Example> examples;
  private final int shots;
  private final long seed;
  private final Shape shape;

  /**
   * One example of the task.
   *
   * @param input what is asked
   * @param output what the model should say, without a space before it
   */
  public record Example(String input, String output) {}

  private record Shape(String question, String answer, String end) {}

  private FewShot(List<Example> examples, int shots, long seed, Shape shape) {
    this.examples = List.copyOf(examples);
    this.shots = shots;
    this.seed = seed;
    this.shape = shape;
  }

  /** Up to 5 shots of these examples, each of which is asked once. */
  public static FewShot of(List<Example> examples) {
    if (examples.size() < 3) {
      throw new RunException(
          "expected three examples or more, so that two can be shown and their outputs exchanged,"
              + " found "
              + examples.size());
    }
    return new FewShot(
        examples, Math.min(5, examples.size() - 1), 0, new Shape("Q: ", "\nA:", "\n\n"));
  }

  /** How many examples come before the one that is asked: two or more. */
  public FewShot shots(int count) {
    if (count < 2 || count >= examples.size()) {
      throw new RunException(
          "expected 2 to %s shots, all but the example that is asked, found %s"
              .formatted(examples.size() - 1, count));
    }
    return new FewShot(examples, count, seed, shape);
  }

  /** Another choice of examples and of exchanged outputs. */
  public FewShot seed(long other) {
    return new FewShot(examples, shots, other, shape);
  }

  /**
   * Another form; outputs have a space before them.
   *
   * @param question what comes before an input
   * @param answer what comes between input and output
   * @param end what comes after an output
   */
  public FewShot shape(String question, String answer, String end) {
    return new FewShot(examples, shots, seed, new Shape(question, answer, end));
  }

  /** A prompt for each example, which is asked last. */
  public List<String> prompts() {
    return all(false);
  }

  /** The same prompts, in which no output belongs to the input before it. */
  public List<String> shuffled() {
    return all(true);
  }

  /** Each example asked without any shown. */
  public List<String> zeroShot() {
    return examples.stream().map(example -> asked(example.input())).toList();
  }

  /** What each prompt calls for, with the space before it. */
  public List<String> answers() {
    return examples.stream().map(example -> " " + example.output()).toList();
  }

  private List<String> all(boolean exchange) {
    List<String> prompts = new ArrayList<>();
    for (int i = 0; i < examples.size(); i++) {
      List<Example> others = new ArrayList<>(examples);
      others.remove(i);
      Collections.shuffle(others, new Random(seed * 1_000_003 + i));
      List<Example> shown = others.subList(0, shots);
      StringBuilder text = new StringBuilder();
      for (int shot = 0; shot < shots; shot++) {
        // Each output moves one on, so that none stays.
        String output = shown.get(exchange ? (shot + 1) % shots : shot).output();
        text.append(asked(shown.get(shot).input())).append(' ').append(output).append(shape.end);
      }
      prompts.add(text.append(asked(examples.get(i).input())).toString());
    }
    return prompts;
  }

  private String asked(String input) {
    return shape.question + input + shape.answer;
  }
}
