package org.nnsight4j.internal.wire;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.checkpoint.SafetensorsHeader;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.generate.FinishReason;
import org.nnsight4j.generate.GeneratedSequence;
import org.nnsight4j.internal.decode.Generated;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Precision;
import org.nnsight4j.values.Receipt;

/** The results of a request as a safetensors file: the tensors, and the reports in the metadata. */
public final class ResultFile {
  private static final Pattern NAME = Pattern.compile("(?:run\\.(\\d+)\\.)?save\\.(\\d+)\\.(\\d+)");

  private ResultFile() {}

  /** What such a file contains, before it is written. */
  public record Content(Map<String, Tensor> tensors, Map<String, String> metadata) {
    /** Writes it, and forces it to disk. */
    public void write(Path file) {
      Safetensors.write(file, tensors, metadata);
    }

    /** The bytes of the file, if there are at most so many. */
    public Optional<byte[]> ifSmall(int most) {
      long values = tensors.values().stream().mapToLong(each -> each.bytes().remaining()).sum();
      if (values > most) {
        return Optional.empty();
      }
      byte[] bytes = Safetensors.toBytes(tensors, metadata);
      return bytes.length > most ? Optional.empty() : Optional.of(bytes);
    }
  }

  /** Writes {@link #content}. */
  public static void write(Path file, List<RequestedRun> runs, List<Optional<Result>> results) {
    content(runs, results).write(file);
  }

  /**
   * The results of a request. Values that were kept only for later runs are not sent back.
   *
   * @param results the result of each run; empty if it did not happen
   */
  public static Content content(List<RequestedRun> runs, List<Optional<Result>> results) {
    Map<String, Tensor> tensors = new TreeMap<>();
    List<@Nullable RunReport> reports = new ArrayList<>();
    Map<Integer, Set<Integer>> needed = kept(runs);
    for (int run = 0; run < runs.size(); run++) {
      if (results.get(run).isEmpty()) {
        reports.add(null);
        continue;
      }
      Result result = results.get(run).get();
      Set<Integer> kept = needed.getOrDefault(run, Set.of());
      String prefix = RunReports.prefix(run, runs.size());
      result
          .saved()
          .forEach(
              (node, steps) -> {
                if (!kept.contains(node)) {
                  steps.forEach(
                      (step, tensor) ->
                          tensors.put(prefix + RunReports.savedName(node, step), tensor));
                }
              });
      if (result.generated() != null) {
        ids(result.generated(), prefix, tensors);
      }
      reports.add(report(runs.get(run).graph(), kept, result));
    }
    return new Content(tensors, Map.of(RunReports.KEY, new RunReports(reports).toJson()));
  }

  /** The save nodes of each run that exist only for later ones. */
  public static Map<Integer, Set<Integer>> kept(List<RequestedRun> runs) {
    Map<Integer, Set<Integer>> kept = new HashMap<>();
    for (RequestedRun later : runs) {
      if (later.when() != null) {
        kept.computeIfAbsent(later.when().run(), run -> new HashSet<>()).add(later.when().save());
      }
      for (Node node : later.graph().nodes()) {
        if (node instanceof Node.Bridge bridge) {
          kept.computeIfAbsent(bridge.run(), run -> new HashSet<>()).add(bridge.save());
        }
      }
    }
    return kept;
  }

  private static void ids(Generated generated, String prefix, Map<String, Tensor> tensors) {
    for (int row = 0; row < generated.rows().size(); row++) {
      List<GeneratedSequence> sequences = generated.rows().get(row);
      for (int i = 0; i < sequences.size(); i++) {
        long[] ids = sequences.get(i).ids();
        tensors.put(prefix + RunReports.idsName(row, i), Tensor.of(ids, ids.length));
      }
    }
  }

  private static RunReport report(Graph graph, Set<Integer> kept, Result result) {
    Receipt receipt = result.receipt();
    Map<Integer, String> reasons = new TreeMap<>();
    for (Node node : graph.nodes()) {
      if (node instanceof Node.Save && !kept.contains(node.id())) {
        reasons.put(node.id(), result.reason(node.id()));
      }
    }
    Generated generated = result.generated();
    return new RunReport(
        receipt.entries().stream().map(ResultFile::entry).toList(),
        receipt.warnings(),
        receipt.passes(),
        receipt.stoppedAt(),
        receipt.parts().isEmpty() ? null : receipt.parts(),
        numbers(receipt.precision()),
        receipt.batched().isEmpty() ? null : receipt.batched(),
        reasons,
        generated == null ? null : generated.rows().stream().map(ResultFile::sequences).toList(),
        generated == null ? null : orNull(generated.padTokenId()),
        generated == null ? null : orNull(generated.seed()));
  }

  private static RunReport.Numbers numbers(Precision precision) {
    return new RunReport.Numbers(
        precision.weights(),
        precision.run(),
        precision.atUse(),
        precision.device(),
        precision.format());
  }

  private static List<RunReport.Sequence> sequences(List<GeneratedSequence> row) {
    return row.stream()
        .map(
            sequence ->
                new RunReport.Sequence(
                    sequence.promptLength(),
                    sequence.finishReason().name(),
                    sequence.score().isPresent() ? sequence.score().getAsDouble() : null))
        .toList();
  }

  private static RunReport.Entry entry(Receipt.Entry entry) {
    SourceLine line = entry.line();
    return new RunReport.Entry(
        entry.kind(),
        entry.site(),
        entry.when(),
        line.className(),
        line.file(),
        line.line(),
        entry.fired(),
        entry.shape(),
        Double.toString(entry.change()));
  }

  private static @Nullable Long orNull(OptionalLong value) {
    return value.isPresent() ? value.getAsLong() : null;
  }

  private static OptionalLong optional(@Nullable Long value) {
    return value == null ? OptionalLong.empty() : OptionalLong.of(value);
  }

  /** Reads what {@link #write} wrote: the result of each run, if it happened. */
  public static List<Optional<Result>> read(Path file) {
    return read(SafetensorsHeader.read(file), Safetensors.read(file));
  }

  /** Reads the bytes of such a file. */
  public static List<Optional<Result>> read(byte[] bytes) {
    return read(
        SafetensorsHeader.parse(Path.of("(result in memory)"), bytes), Safetensors.read(bytes));
  }

  private static List<Optional<Result>> read(
      SafetensorsHeader header, Map<String, Tensor> tensors) {
    RunReports reports = RunReports.fromJson(header.metadata().get(RunReports.KEY));
    int runs = reports.runs().size();
    List<Optional<Result>> results = new ArrayList<>();
    for (int run = 0; run < runs; run++) {
      RunReport report = reports.runs().get(run);
      results.add(
          report == null
              ? Optional.empty()
              : Optional.of(
                  new Result(
                      saved(tensors, run),
                      save -> report.reasons().getOrDefault(save, "it was not part of the run"),
                      receipt(report),
                      generated(report, RunReports.prefix(run, runs), tensors))));
    }
    return results;
  }

  private static Map<Integer, Map<Integer, Tensor>> saved(Map<String, Tensor> tensors, int run) {
    Map<Integer, Map<Integer, Tensor>> saved = new HashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          Matcher parts = NAME.matcher(name);
          if (parts.matches() && run == (parts.group(1) == null ? 0 : number(parts.group(1)))) {
            saved
                .computeIfAbsent(number(parts.group(2)), node -> new TreeMap<>())
                .put(number(parts.group(3)), tensor);
          }
        });
    return saved;
  }

  private static int number(String digits) {
    return Integer.parseInt(digits);
  }

  private static Receipt receipt(RunReport report) {
    return new Receipt(
        report.entries().stream()
            .map(
                entry ->
                    new Receipt.Entry(
                        entry.kind(),
                        entry.site(),
                        entry.when(),
                        new SourceLine(entry.className(), entry.file(), entry.line()),
                        entry.fired(),
                        entry.shape(),
                        Double.parseDouble(entry.change())))
            .toList(),
        report.warnings(),
        report.passes(),
        report.stoppedAt(),
        new Precision(
            report.numbers().weights(),
            report.numbers().run(),
            report.numbers().atUse(),
            report.numbers().device(),
            report.numbers().format()),
        report.parts() == null ? "" : report.parts(),
        report.batched() == null ? "" : report.batched());
  }

  private static @Nullable Generated generated(
      RunReport report, String prefix, Map<String, Tensor> tensors) {
    if (report.rows() == null) {
      return null;
    }
    List<List<GeneratedSequence>> rows = new ArrayList<>();
    for (List<RunReport.Sequence> row : report.rows()) {
      List<GeneratedSequence> sequences = new ArrayList<>();
      for (RunReport.Sequence sequence : row) {
        Tensor ids = tensors.get(prefix + RunReports.idsName(rows.size(), sequences.size()));
        if (ids == null) {
          throw new SerializationException("the result lacks the ids of a sequence");
        }
        sequences.add(
            new GeneratedSequence(
                ids.toLongArray(),
                sequence.promptLength(),
                FinishReason.valueOf(sequence.finishReason()),
                sequence.score() == null
                    ? OptionalDouble.empty()
                    : OptionalDouble.of(sequence.score())));
      }
      rows.add(sequences);
    }
    return new Generated(rows, optional(report.padTokenId()), optional(report.seed()));
  }
}
