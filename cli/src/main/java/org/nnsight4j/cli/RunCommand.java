package org.nnsight4j.cli;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.json.JsonWriteFeature;
import com.fasterxml.jackson.databind.json.JsonMapper;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.PrintWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Locale;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import org.nnsight4j.Generator;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Output;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.checkpoint.GenerationConfig;
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
  @Mixin private ChatChoice chat;

  @Option(
      names = "--json",
      description =
          "Print one JSON object: {\"sequences\": [{\"ids\", \"newIds\", \"text\", \"finish\"}]};"
              + " with --chat, the text is that of the answer.")
  private boolean json;

  @Option(
      names = {"-v", "--verbose"},
      description = "Print the receipt of the run on standard error.")
  private boolean verbose;

  @Spec private CommandSpec spec;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  RunCommand() {}

  @Override
  public Integer call() throws JsonProcessingException {
    PrintWriter out = spec.commandLine().getOut();
    PrintWriter err = spec.commandLine().getErr();
    prompt.check();
    chat.check(prompt);
    GenerateOptions options = choices.options(spec);
    try (LanguageModel<AnyModel> language = model.open()) {
      model.requireDecoder(language, "nothing to run");
      Generator<AnyModel> generator = begun(language, options);
      long[] tokens = prompt.tokens(language, chat, choices.maxNewTokens(), model);
      generator.invoke(tokens).close();
      // A model without tokenizer.json has ids but no text.
      boolean hasText =
          Files.isRegularFile(ModelChoice.directory(language).resolve("tokenizer.json"));
      boolean live = hasText && !json && LiveText.isTerminal() && isOneText(language);
      try (ElapsedSeconds progress = ElapsedSeconds.of(err, "running " + model)) {
        if (live) {
          LiveText text = new LiveText(out, language.tokenizer().stream(), progress::close);
          generator.streamTo((chat.wanted() ? text : text.behind(tokens))::add);
        }
        generator.run();
      }
      ModelChoice.warn(err, language);
      ModelChoice.warn(err, generator.receipt());
      if (json) {
        out.println(JSON.writeValueAsString(json(generator.output(), hasText)));
      } else if (!live) {
        print(out, generator.output(), hasText);
      }
      if (verbose) {
        generator.output().seed().ifPresent(seed -> err.println("seed: " + seed));
        err.println(generator.receipt());
      }
    }
    return 0;
  }

  /** The cause of an error may be options that contradict each other, or the file alone. */
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

  /** Whether there is one text, whose printed parts do not change later. */
  private boolean isOneText(LanguageModel<AnyModel> language) {
    Path file = ModelChoice.directory(language).resolve("generation_config.json");
    if (!Files.exists(file)) {
      return choices.isOneText(1, 1);
    }
    GenerationConfig config = GenerationConfig.read(file);
    return choices.isOneText(
        config.has("num_beams") ? config.integer("num_beams") : 1,
        config.has("num_return_sequences") ? config.integer("num_return_sequences") : 1);
  }

  private String text(Output output, int sequence) {
    return chat.wanted() ? output.newText(sequence) : output.text(sequence);
  }

  private void print(PrintWriter out, Output output, boolean hasText) {
    int count = output.sequences().size();
    for (int i = 0; i < count; i++) {
      String text = hasText ? Shown.text(text(output, i)) : joined(output.ids(i));
      out.println(count == 1 ? text : "[%s] %s".formatted(i + 1, text));
    }
  }

  private static String joined(long[] ids) {
    return Arrays.stream(ids).mapToObj(Long::toString).collect(Collectors.joining(","));
  }

  private ObjectNode json(Output output, boolean hasText) {
    ObjectNode root = JSON.createObjectNode();
    ArrayNode sequences = root.putArray("sequences");
    for (int i = 0; i < output.sequences().size(); i++) {
      GeneratedSequence sequence = output.sequences().get(i);
      ObjectNode each = sequences.addObject();
      add(each.putArray("ids"), sequence.ids());
      add(each.putArray("newIds"), sequence.newIds());
      each.put("text", hasText ? text(output, i) : null);
      each.put("finish", sequence.finishReason().name().toLowerCase(Locale.ROOT));
    }
    return root;
  }

  private static void add(ArrayNode array, long[] ids) {
    Arrays.stream(ids).forEach(array::add);
  }
}
