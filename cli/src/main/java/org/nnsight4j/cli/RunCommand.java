package org.nnsight4j.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Output;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.error.OptionsException;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.generate.GeneratedSequence;
import org.nnsight4j.internal.spelling.Shown;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.Spec;

/** {@code nnsight4j run}: continues a text. */
@Command(
    name = "run",
    description = "Continues a text.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class RunCommand implements Callable<Integer> {
  /** The same bytes in every locale. */
  private static final JsonMapper JSON =
      JsonMapper.builder().enable(JsonWriteFeature.ESCAPE_NON_ASCII).build();

  @Mixin private ModelChoice model;
  @Mixin private GenerationChoices choices;
  @Mixin private PromptChoice prompt;

  @Option(
      names = "--json",
      description =
          "Print one JSON object: {\"sequences\": [{\"ids\", \"newIds\", \"text\", \"finish\"}]}.")
  private boolean json;

  @Option(
      names = {"-v", "--verbose"},
      description = "Print the receipt of the run on standard error.")
  private boolean verbose;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills what is annotated.
  RunCommand() {}

  @Override
  public Integer call() throws JsonProcessingException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    prompt.check();
    GenerateOptions options = choices.options(spec);
    try (LanguageModel<AnyModel> language = model.open()) {
      model.requireDecoder(language, "nothing to run");
      Generator<AnyModel> generator = begun(language, options);
      generator.invoke(prompt.tokens(language, choices.maxNewTokens())).close();
      try (ElapsedSeconds progress = ElapsedSeconds.of(err, "running " + model)) {
        generator.run();
      }
      ModelChoice.warn(err, language);
      // A model without tokenizer.json has ids and no text.
      boolean hasText =
          Files.isRegularFile(ModelChoice.directory(language).resolve("tokenizer.json"));
      if (json) {
        out.println(JSON.writeValueAsString(json(generator.output(), hasText)));
      } else {
        print(out, generator.output(), hasText);
      }
      if (verbose) {
        generator.output().seed().ifPresent(seed -> err.println("seed: " + seed));
        err.println(generator.receipt());
      }
    }
    return 0;
  }

  /** Options of the command line can contradict each other, and a file can be wrong alone. */
  private Generator<AnyModel> begun(LanguageModel<AnyModel> language, GenerateOptions options) {
    try {
      return language.generate(options);
    } catch (OptionsException e) {
      if (String.valueOf(e.getMessage()).contains(ModelChoice.directory(language).toString())) {
        throw e;
      }
      throw GenerationChoices.wrong(spec, e);
    }
  }

  private static void print(PrintWriter out, Output output, boolean hasText) {
    int count = output.sequences().size();
    for (int i = 0; i < count; i++) {
      String text = hasText ? Shown.text(output.text(i)) : joined(output.ids(i));
      out.println(count == 1 ? text : "[%s] %s".formatted(i + 1, text));
    }
  }

  private static String joined(long[] ids) {
    return Arrays.stream(ids).mapToObj(Long::toString).collect(Collectors.joining(","));
  }

  private static ObjectNode json(Output output, boolean hasText) {
    ObjectNode root = JSON.createObjectNode();
    ArrayNode sequences = root.putArray("sequences");
    for (int i = 0; i < output.sequences().size(); i++) {
      GeneratedSequence sequence = output.sequences().get(i);
      ObjectNode each = sequences.addObject();
      add(each.putArray("ids"), sequence.ids());
      add(each.putArray("newIds"), sequence.newIds());
      each.put("text", hasText ? output.text(i) : null);
      each.put("finish", sequence.finishReason().name().toLowerCase(Locale.ROOT));
    }
    return root;
  }

  private static void add(ArrayNode array, long[] ids) {
    Arrays.stream(ids).forEach(array::add);
  }
}
