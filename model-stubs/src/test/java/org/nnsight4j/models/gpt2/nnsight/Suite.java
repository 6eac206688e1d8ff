package org.nnsight4j.models.gpt2.nnsight;

import ai.djl.ndarray.NDManager;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import java.util.stream.IntStream;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Options;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** What the mirrors of nnsight's tests share; {@code docs/nnsight-tests.md} lists them. */
final class Suite {
  static final String MSG = "Madison Square Garden is located in the city of";
  static final String ET = "The Eiffel Tower is in the city of";
  static final LanguageModel<Gpt2> GPT2 = EmbeddedGpt2.open().as(Gpt2.class);

  private Suite() {}

  /** One forward pass over {@link #MSG}. */
  static <R> R trace(Function<Invoker<Gpt2>, R> body) {
    return trace(MSG, body);
  }

  static <R> R trace(String text, Function<Invoker<Gpt2>, R> body) {
    return GPT2.trace().run(generator -> generator.invoke(text, body::apply)).result();
  }

  /** What a run that generates gave, and its output. */
  record Run<R>(R recorded, Generator<Gpt2> generator) {
    String newText() {
      return generator.output().newText(0);
    }
  }

  /** Generates exactly so many tokens after {@link #MSG}. */
  static <R> Run<R> generate(int tokens, Function<Invoker<Gpt2>, R> body) {
    return generateAll(tokens, generator -> generator.invoke(MSG, body::apply));
  }

  static <R> Run<R> generateAll(int tokens, Function<Generator<Gpt2>, R> body) {
    Generator<Gpt2> generator = GPT2.generate(exactly(tokens));
    R recorded = body.apply(generator);
    generator.close();
    return new Run<>(recorded, generator);
  }

  static GenerateOptions exactly(int tokens) {
    return Options.maxNewTokens(tokens).minNewTokens(tokens);
  }

  /** The output of a block, at element 0. */
  static Value<Hidden> hidden(Gpt2 model, int layer) {
    return model.transformer().h(layer).output(0);
  }

  /** The token that a step writes. */
  static Value<Axis> token(Gpt2 model) {
    return model.output().at(-1).argMax(-1);
  }

  /** Text of the tokens that were saved at several steps. */
  static String text(Saved<Axis> tokens) {
    return text(tokens.values());
  }

  static String text(List<Tensor> tokens) {
    return GPT2.tokenizer().decode(tokens.stream().mapToLong(t -> (long) t.at(0)).toArray());
  }

  /** All arrays of the engine that nobody has freed, of all models. */
  static int liveArrays() {
    try (NDManager manager = NDManager.newBaseManager("PyTorch")) {
      return manager.getParentManager().getManagedArrays().size();
    }
  }

  static boolean isZero(Tensor tensor) {
    return IntStream.range(0, tensor.size()).allMatch(i -> tensor.at(i) == 0);
  }

  static boolean near(Tensor one, Tensor other) {
    return Arrays.equals(one.shape(), other.shape())
        && IntStream.range(0, one.size())
            .allMatch(i -> Math.abs(one.at(i) - other.at(i)) <= 1e-4 * (1 + Math.abs(other.at(i))));
  }
}
