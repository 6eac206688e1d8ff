package org.nnsight4j.toolkit.harvest;

import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.checkpoint.SafetensorsHeader;
import org.nnsight4j.checkpoint.TensorEntry;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.AnalysisResult;
import org.nnsight4j.toolkit.figure.BarChart;
import org.nnsight4j.toolkit.internal.Json;

/** The files of a harvest. */
public final class HarvestResult implements AnalysisResult {
  private final List<String> hooks;
  private final int prompts;
  private final int kept;
  private final List<Path> files;
  private final String digest;

  HarvestResult(List<String> hooks, int prompts, int kept, List<Path> files, String digest) {
    this.hooks = hooks;
    this.prompts = prompts;
    this.kept = kept;
    this.files = List.copyOf(files);
    this.digest = digest;
  }

  /** The files, in the order of the prompts. */
  public List<Path> files() {
    return files;
  }

  /** How many of them were there before. */
  public int kept() {
    return kept;
  }

  /** The number of tokens in all files; reads their headers. */
  public long tokens() {
    long tokens = 0;
    for (Path file : files) {
      tokens += tokens(file);
    }
    return tokens;
  }

  private static long tokens(Path file) {
    TensorEntry prompts = SafetensorsHeader.read(file).tensors().get("prompt");
    if (prompts == null) {
      throw new RunException(file + " is no file of a harvest: it has no tensor 'prompt'");
    }
    return prompts.shape()[0];
  }

  /** One hook's numbers of one file, {@code [token, width]}. */
  public Tensor read(int file, String hook) {
    Map<String, Tensor> all = Safetensors.read(files.get(file));
    Tensor tensor = all.get(hook);
    if (tensor == null) {
      throw new RunException("%s was not harvested; there are %s".formatted(hook, hooks));
    }
    return tensor;
  }

  /** The number of tokens in each file. */
  @Override
  public BarChart figure() {
    BarChart chart = BarChart.of("Activations of %s prompts".formatted(prompts), "tokens");
    for (Path file : files) {
      chart = chart.bar(String.valueOf(file.getFileName()), (double) tokens(file));
    }
    return chart;
  }

  @Override
  public String toJson() {
    ObjectNode json =
        Json.of("activation harvest")
            .put("prompts", prompts)
            .put("tokens", tokens())
            .put("kept", kept)
            .put("digest", digest);
    json.set("hooks", Json.strings(hooks));
    json.set("files", Json.strings(files.stream().map(Path::toString).toList()));
    return json.toString();
  }

  @Override
  public String toString() {
    return figure().text(100);
  }
}
