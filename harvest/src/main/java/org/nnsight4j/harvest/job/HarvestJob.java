package org.nnsight4j.harvest.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Base64;
import java.util.Collections;
import java.util.List;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.stream.Collectors;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.engine.PinnedKernels;
import org.nnsight4j.internal.digest.Sha256;
import org.nnsight4j.tensor.DType;

/**
 * All that a harvest depends on, fixed before it runs. {@link #parts} name it, {@link #toBytes}
 * sends it to another process.
 */
public final class HarvestJob {
  /**
   * What a job consists of.
   *
   * @param request the graph as a server would get it, with one open prompt
   * @param model the directory of the checkpoint, on each machine that computes
   * @param settings how it is loaded
   * @param source the rows
   * @param batching the written rule of splits and passes
   * @param format the name of a {@link ShardFormat}
   * @param columns in order
   * @param keep the node that saves which tokens are kept, or -1
   * @param kernels the pinned kernels
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Spec(
      byte[] request,
      Path model,
      LoadSettings settings,
      RowSource source,
      Batching batching,
      String format,
      List<ShardColumn> columns,
      int keep,
      Kernels kernels) {
    public Spec {
      columns = List.copyOf(columns);
    }
  }

  /**
   * What bits depend on beside shapes.
   *
   * @param threads of one operation
   * @param form how matrix products are written
   */
  public record Kernels(int threads, String form) {
    @Override
    public String toString() {
      return "%s, threads %s".formatted(form, threads);
    }
  }

  private final Spec spec;
  private final List<RowSplit> splits;
  private final SortedMap<String, String> parts;

  private HarvestJob(Spec spec, List<RowSplit> splits, SortedMap<String, String> parts) {
    this.spec = spec;
    this.splits = List.copyOf(splits);
    this.parts = Collections.unmodifiableSortedMap(new TreeMap<>(parts));
  }

  /** Fixes a job: reads the dataset, weights and tokenizer once, for their digests. */
  public static HarvestJob of(Spec spec) throws java.io.IOException {
    RowSource.Layout layout = spec.source().layout(spec.batching().rowsPerSplit());
    SortedMap<String, String> parts = new TreeMap<>();
    parts.put("batching", spec.batching().toString());
    parts.put("checkpoint", ExactDigest.weights(spec.model()));
    parts.put(
        "columns",
        spec.columns().stream().map(ShardColumn::toString).collect(Collectors.joining("; "))
            + (spec.keep() < 0 ? "" : "; of some tokens"));
    parts.put("dataset", layout.digest());
    parts.put("format", spec.format());
    parts.put("graph", GraphDigest.of(spec.request()));
    parts.put("kernels", spec.kernels().toString());
    parts.put("machine", PinnedKernels.machine());
    parts.put("precision", spec.settings().text());
    parts.put(
        "tokenizer",
        spec.source().isText() ? ExactDigest.tokenizer(spec.model()) : "of the dataset");
    return new HarvestJob(spec, layout.splits(), parts);
  }

  public Spec spec() {
    return spec;
  }

  public List<RowSplit> splits() {
    return splits;
  }

  /** What the numbers depend on, each by a name that a person understands. */
  public SortedMap<String, String> parts() {
    return parts;
  }

  /** The name of all {@link #parts} together. */
  public String digest() {
    return Sha256.of(parts.toString());
  }

  /** How many rows all splits have. */
  public long rows() {
    return splits.stream().mapToLong(RowSplit::rows).sum();
  }

  /** For another process. */
  public byte[] toBytes() {
    ObjectNode json = HarvestJson.object();
    json.put("request", Base64.getEncoder().encodeToString(spec.request()));
    json.put("model", spec.model().toString());
    json.put("settings", spec.settings().text());
    json.put("kind", spec.source().kind());
    json.set("source", HarvestJson.strings(spec.source().settings()));
    Batching batching = spec.batching();
    json.putArray("batching")
        .add(batching.rowsPerSplit())
        .add(batching.rowsPerBatch())
        .add(batching.maxTokens())
        .add(batching.context());
    json.put("format", spec.format());
    ArrayNode columns = json.putArray("columns");
    for (ShardColumn column : spec.columns()) {
      ObjectNode one = columns.addObject();
      one.put("name", column.name()).put("per", column.per().name());
      one.put("dtype", column.dtype().name()).put("save", column.save());
      ArrayNode shape = one.putArray("shape");
      column.shape().forEach(shape::add);
    }
    json.put("keep", spec.keep());
    json.put("threads", spec.kernels().threads()).put("form", spec.kernels().form());
    json.set("splits", HarvestJson.splits(splits));
    json.set("parts", HarvestJson.strings(parts));
    return json.toString().getBytes(StandardCharsets.UTF_8);
  }

  /** Reads what {@link #toBytes} wrote. */
  public static HarvestJob read(byte[] bytes) {
    String where = "the job of a harvest";
    JsonNode json = HarvestJson.parse(where, new String(bytes, StandardCharsets.UTF_8));
    List<ShardColumn> columns = new ArrayList<>();
    for (JsonNode one : HarvestJson.field(where, json, "columns")) {
      List<Long> shape = new ArrayList<>();
      one.get("shape").forEach(axis -> shape.add(axis.asLong()));
      columns.add(
          new ShardColumn(
              one.get("name").asText(),
              ShardColumn.Per.valueOf(one.get("per").asText()),
              DType.valueOf(one.get("dtype").asText()),
              shape,
              one.get("save").asInt()));
    }
    List<RowSplit> splits = HarvestJson.splits(HarvestJson.field(where, json, "splits"));
    JsonNode batching = HarvestJson.field(where, json, "batching");
    Spec spec =
        new Spec(
            Base64.getDecoder().decode(HarvestJson.field(where, json, "request").asText()),
            Path.of(HarvestJson.field(where, json, "model").asText()),
            LoadSettings.of(HarvestJson.field(where, json, "settings").asText()),
            RowSource.open(
                HarvestJson.field(where, json, "kind").asText(),
                HarvestJson.strings(HarvestJson.field(where, json, "source"))),
            new Batching(
                batching.get(0).asInt(),
                batching.get(1).asInt(),
                batching.get(2).asInt(),
                batching.get(3).asInt()),
            HarvestJson.field(where, json, "format").asText(),
            columns,
            HarvestJson.field(where, json, "keep").asInt(),
            new Kernels(
                HarvestJson.field(where, json, "threads").asInt(),
                HarvestJson.field(where, json, "form").asText()));
    return new HarvestJob(
        spec, splits, HarvestJson.strings(HarvestJson.field(where, json, "parts")));
  }
}
