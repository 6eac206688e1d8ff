package org.nnsight4j.cli;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.Progress;
import org.nnsight4j.toolkit.circuit.Circuit;
import org.nnsight4j.toolkit.circuit.EdgeAttribution;
import org.nnsight4j.toolkit.circuit.EdgeAttributionResult;
import org.nnsight4j.toolkit.figure.AttributionGraph;
import org.nnsight4j.toolkit.figure.Figure;
import org.nnsight4j.toolkit.figure.Labels;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code nnsight4j circuit}: edge attribution, and the circuit of its largest edges. */
@Command(
    name = "circuit",
    description =
        "Edge attribution patching with integrated gradients (EAP-IG): how much an answer depends"
            + " on what each head and MLP reads of each other one. The picture is the circuit of the"
            + " largest edges.",
    sortOptions = false,
    mixinStandardHelpOptions = true,
    versionProvider = Version.class)
final class CircuitCommand extends AnalysisCommand {
  @Mixin private PromptChoice prompt;
  @Mixin private AnswerChoice answers;
  @Mixin private CorruptedChoice corrupted;

  @Option(
      names = "--steps",
      paramLabel = "N",
      defaultValue = "5",
      description = "Steps of integrated gradients; 0 is EAP without them (${DEFAULT-VALUE}).")
  private int steps;

  @Option(
      names = "--top",
      paramLabel = "N",
      defaultValue = "40",
      description =
          "How many edges the circuit has, without those that lead nowhere (${DEFAULT-VALUE}).")
  private int top;

  @Option(
      names = "--every-position",
      description = "Scores of each position by itself, in place of their sum.")
  private boolean everyPosition;

  @Option(
      names = "--out",
      paramLabel = "FILE",
      description = "Also write all scores and the circuit as MIB's JSON.")
  private @Nullable Path out;

  @Option(
      names = "--neuronpedia",
      paramLabel = "FILE",
      description = "Also write the circuit as a graph that Neuronpedia shows.")
  private @Nullable Path neuronpedia;

  private @Nullable AttributionGraph graph;

  @SuppressWarnings("NullAway.Init") // picocli fills annotated fields.
  CircuitCommand() {}

  @Override
  void check() {
    prompt.check();
    answers.require();
    corrupted.check("a circuit needs two prompts");
    atLeastOne("--top", top);
    if (steps < 0) {
      throw wrong("--steps is %s; it must be at least 0".formatted(steps));
    }
    if (out != null) {
      OutputFile.check(spec(), "--out", out);
    }
    if (neuronpedia != null) {
      OutputFile.check(spec(), "--neuronpedia", neuronpedia);
    }
  }

  @Override
  String use() {
    return "no next token to find a circuit for";
  }

  @Override
  AnalysisResult analyse(LanguageModel<AnyModel> language, Progress progress) throws IOException {
    long[] clean = prompt.tokens(language, 0);
    long[] other = corrupted.tokens(language, clean);
    EdgeAttribution attribution =
        EdgeAttribution.of(language).answer(answers.answer(language)).progress(progress);
    if (answers.hasAgainst()) {
      attribution = attribution.against(answers.against(language));
    }
    attribution = steps == 0 ? attribution.plain() : attribution.steps(steps);
    if (everyPosition) {
      attribution = attribution.everyPosition();
    }
    EdgeAttributionResult result = attribution.run(clean, other);
    Circuit circuit = result.circuit().top(top).pruned();
    List<String> tokens =
        Arrays.stream(clean).mapToObj(id -> Labels.token(language.tokenizer().token(id))).toList();
    graph = circuit.figure("Circuit of the largest edges", tokens);
    if (out != null) {
      // MIB's edges have no positions.
      (everyPosition ? result.circuit().summed().top(top).pruned() : circuit).write(out);
    }
    if (neuronpedia != null) {
      Files.writeString(
          neuronpedia,
          graph.neuronpedia(
              "circuit", language.config().modelType(), String.join("", tokens), tokens));
    }
    return result;
  }

  @Override
  Figure figure(AnalysisResult result) {
    return Objects.requireNonNull(graph);
  }
}
