package org.nnsight4j.samples.cookbook;

import static org.nnsight4j.Options.maxNewTokens;

import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.tensor.Tensor;

/** A Java function sees the numbers while the model runs, and changes them. */
public final class JavaInTheRun {
  private static Tensor withoutLargest(Tensor tensor) {
    float[] numbers = tensor.toFloatArray();
    int largest = 0;
    for (int i = 0; i < numbers.length; i++) {
      largest = numbers[i] > numbers[largest] ? i : largest;
    }
    numbers[largest] = 0;
    return Tensor.of(numbers, tensor.shape());
  }

  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      var output =
          gpt2.generate(
              maxNewTokens(1),
              "The Eiffel Tower is in the city of",
              model -> {
                var hidden = model.transformer().h(1).output(0);
                hidden.peek(tensor -> System.out.println("layer 1 gave " + tensor.header()));
                hidden.set(hidden.hostCall(JavaInTheRun::withoutLargest));
              });
      System.out.println(output.text(0));
    }
  }
}
