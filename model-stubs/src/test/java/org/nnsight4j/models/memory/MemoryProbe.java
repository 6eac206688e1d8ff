package org.nnsight4j.models.memory;

import static org.nnsight4j.Options.maxNewTokens;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.stream.Collectors;
import java.util.stream.LongStream;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/**
 * Reads 64 tokens and answers, in a process of its own, and says what that took. Arguments: the
 * directory; how many bytes of weights are converted when loaded; how many new tokens, where more
 * than one has a forward pass before that is looked into; the type to compute in.
 */
public final class MemoryProbe {
  private static final int PROMPT = 64;

  private MemoryProbe() {}

  public static void main(String[] arguments) throws IOException {
    Path model = Path.of(arguments[0]);
    OpenOptions options =
        OpenOptions.defaults()
            .convertUpTo(Long.parseLong(arguments[1]))
            .dtype(DType.valueOf(arguments[3]));
    int newTokens = Integer.parseInt(arguments[2]);
    long[][] prompt = {LongStream.range(0, PROMPT).map(i -> 1000 + 37 * i).toArray()};
    try (LanguageModel<AnyModel> language = LanguageModel.open(model, options)) {
      long begin = System.nanoTime();
      if (newTokens > 1) {
        System.out.println("hidden " + hidden(language, prompt));
      }
      long read = System.nanoTime();
      Generator<AnyModel> generator = language.generate(maxNewTokens(newTokens));
      generator.invoke(prompt).close();
      generator.run();
      long end = System.nanoTime();
      System.out.println("read " + (read - begin) / 1_000_000);
      System.out.println("answered " + (end - read) / 1_000_000);
      System.out.println("ids " + Arrays.toString(generator.output().ids(0)));
      System.out.println("precision " + generator.receipt().precision());
    }
    for (String line : status()) {
      System.out.println(line);
    }
  }

  /** All numbers of the last layer in one. */
  private static int hidden(LanguageModel<AnyModel> language, long[][] prompt) {
    Tensor last =
        language
            .trace(TraceOptions.defaults())
            .run(
                generator ->
                    generator.invoke(
                        prompt, invoker -> invoker.model().module("model.norm").output().save()))
            .result()
            .value();
    return Arrays.hashCode(last.toFloatArray());
  }

  /** The most memory there was, in bytes, and what it is now. */
  private static List<String> status() throws IOException {
    return Files.readAllLines(Path.of("/proc/self/status")).stream()
        .filter(line -> line.startsWith("VmHWM") || line.startsWith("Rss"))
        .map(line -> line.replaceAll("\\s+", " ").replace(":", "").replace(" kB", ""))
        .collect(Collectors.toList());
  }
}
