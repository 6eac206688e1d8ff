package org.nnsight4j.harvest.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.TreeMap;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.engine.PinnedKernels;
import org.nnsight4j.error.RunException;

/** An analysis of many prompts, as another process needs it. */
public final class PromptJob {
  private final Path model;
  private final LoadSettings settings;
  private final String checkpoint;
  private final RowSource source;
  private final List<RowSplit> splits;
  private final HarvestJob.Kernels kernels;

  private PromptJob(
      Path model,
      LoadSettings settings,
      String checkpoint,
      RowSource source,
      List<RowSplit> splits,
      HarvestJob.Kernels kernels) {
    this.model = model;
    this.settings = settings;
    this.checkpoint = checkpoint;
    this.source = source;
    this.splits = List.copyOf(splits);
    this.kernels = kernels;
  }

  /**
   * Fixes a job.
   *
   * @throws RunException if the rows are no texts
   */
  public static PromptJob of(
      Path model,
      LoadSettings settings,
      RowSource source,
      int promptsPerSplit,
      HarvestJob.Kernels kernels)
      throws IOException {
    if (!source.isText()) {
      throw new RunException("an analysis of prompts needs texts, found rows of token ids");
    }
    return new PromptJob(
        model,
        settings,
        ExactDigest.weights(model),
        source,
        source.layout(promptsPerSplit).splits(),
        kernels);
  }

  public List<RowSplit> splits() {
    return splits;
  }

  /** Computes one split. */
  public SplitNumbers compute(RowSplit split, PromptFunction function) throws IOException {
    List<String> prompts = new ArrayList<>();
    source.read(
        split,
        row -> {
          String text = Objects.requireNonNull(row.text());
          if (!text.isEmpty()) {
            prompts.add(text);
          }
        });
    LanguageModel<AnyModel> opened = ModelPool.opened(model, settings, checkpoint);
    try (PinnedKernels pinned = PinnedKernels.enter(kernels.threads(), kernels.form())) {
      return new SplitNumbers(
          split.index(),
          split.firstRow(),
          prompts.size(),
          new TreeMap<>(function.of(opened, List.copyOf(prompts))));
    }
  }

  /** As options of {@link LanguageModel#open(Path, OpenOptions)}. */
  static OpenOptions options(LoadSettings settings) {
    return OpenOptions.defaults()
        .strict(settings.strict())
        .dtype(settings.run())
        .device(settings.device().name())
        .convertUpTo(settings.convertUpTo())
        .weights(settings.format());
  }

  /** For another process. */
  public byte[] toBytes() {
    ObjectNode json = HarvestJson.object();
    json.put("model", model.toString()).put("settings", settings.text());
    json.put("checkpoint", checkpoint).put("kind", source.kind());
    json.set("source", HarvestJson.strings(source.settings()));
    json.put("threads", kernels.threads()).put("form", kernels.form());
    json.set("splits", HarvestJson.splits(splits));
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Reads what {@link #toBytes} wrote. */
  public static PromptJob read(byte[] bytes) {
    String where = "the job of an analysis";
    JsonNode json = HarvestJson.parse(where, new String(bytes, StandardCharsets.UTF_8));
    List<RowSplit> splits = HarvestJson.splits(HarvestJson.field(where, json, "splits"));
    return new PromptJob(
        Path.of(HarvestJson.field(where, json, "model").asText()),
        LoadSettings.of(HarvestJson.field(where, json, "settings").asText()),
        HarvestJson.field(where, json, "checkpoint").asText(),
        RowSource.open(
            HarvestJson.field(where, json, "kind").asText(),
            HarvestJson.strings(HarvestJson.field(where, json, "source"))),
        splits,
        new HarvestJob.Kernels(
            HarvestJson.field(where, json, "threads").asInt(),
            HarvestJson.field(where, json, "form").asText()));
  }
}
