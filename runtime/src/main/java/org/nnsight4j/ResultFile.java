package org.nnsight4j;

import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.OptionalDouble;
import java.util.OptionalLong;
import java.util.TreeMap;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.checkpoint.SafetensorsHeader;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.generate.FinishReason;
import org.nnsight4j.generate.Generated;
import org.nnsight4j.generate.GeneratedSequence;
import org.nnsight4j.graph.Graph;
import org.nnsight4j.graph.Node;
import org.nnsight4j.graph.SourceLine;
import org.nnsight4j.remote.RunReport;
import org.nnsight4j.run.Receipt;
import org.nnsight4j.run.Result;
import org.nnsight4j.tensor.Tensor;

/** The result of a run as a safetensors file: the tensors, and the report in the metadata. */
final class ResultFile {
  private ResultFile() {}

  static void write(Path file, Graph graph, Result result) {
    Map<String, Tensor> tensors = new TreeMap<>();
    result
        .saved()
        .forEach(
            (node, steps) ->
                steps.forEach(
                    (step, tensor) -> tensors.put(RunReport.savedName(node, step), tensor)));
    Generated generated = result.generated();
    if (generated != null) {
      for (int row = 0; row < generated.rows().size(); row++) {
        List<GeneratedSequence> sequences = generated.rows().get(row);
        for (int i = 0; i < sequences.size(); i++) {
          long[] ids = sequences.get(i).ids();
          tensors.put(RunReport.idsName(row, i), Tensor.of(ids, ids.length));
        }
      }
    }
    Safetensors.write(file, tensors, Map.of(RunReport.KEY, report(graph, result).toJson()));
  }

  private static RunReport report(Graph graph, Result result) {
    Receipt receipt = result.receipt();
    Map<Integer, String> reasons = new TreeMap<>();
    for (Node node : graph.nodes()) {
      if (node instanceof Node.Save) {
        reasons.put(node.id(), result.reason(node.id()));
      }
    }
    Generated generated = result.generated();
    return new RunReport(
        receipt.entries().stream().map(ResultFile::entry).toList(),
        receipt.warnings(),
        receipt.passes(),
        receipt.stoppedAt(),
        reasons,
        generated == null ? null : generated.rows().stream().map(ResultFile::sequences).toList(),
        generated == null ? null : orNull(generated.padTokenId()),
        generated == null ? null : orNull(generated.seed()));
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

  /** Reads what {@link #write} wrote. */
  static Result read(Path file) {
    RunReport report =
        RunReport.fromJson(SafetensorsHeader.read(file).metadata().get(RunReport.KEY));
    Map<String, Tensor> tensors = Safetensors.read(file);
    Map<Integer, Map<Integer, Tensor>> saved = new HashMap<>();
    tensors.forEach(
        (name, tensor) -> {
          String[] parts = name.split("\\.", -1);
          if (parts.length == 3 && parts[0].equals("save")) {
            saved
                .computeIfAbsent(Integer.valueOf(parts[1]), node -> new TreeMap<>())
                .put(Integer.valueOf(parts[2]), tensor);
          }
        });
    Map<Integer, String> reasons = report.reasons();
    return new Result(
        saved,
        save -> reasons.getOrDefault(save, "it was not part of the run"),
        receipt(report),
        generated(report, tensors));
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
        report.stoppedAt());
  }

  private static @Nullable Generated generated(RunReport report, Map<String, Tensor> tensors) {
    if (report.rows() == null) {
      return null;
    }
    List<List<GeneratedSequence>> rows = new ArrayList<>();
    for (List<RunReport.Sequence> row : report.rows()) {
      List<GeneratedSequence> sequences = new ArrayList<>();
      for (RunReport.Sequence sequence : row) {
        Tensor ids = tensors.get(RunReport.idsName(rows.size(), sequences.size()));
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
