package org.nnsight4j.harvest.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.Serializable;
import java.util.SortedMap;
import java.util.TreeMap;

/**
 * What is true of a shard. It says nothing of time or place, so that two computations of a shard
 * have equal receipts.
 *
 * @param split the number of the split
 * @param job the digest of the job
 * @param file the name of the shard
 * @param bytes its size
 * @param sha256 of its bytes
 * @param rows how many rows of the dataset it covers
 * @param texts how many texts were computed
 * @param tokens how many tokens it has
 * @param skipped how many rows gave no text
 * @param columns the range of each column
 * @param fired how often each site fired
 */
public record ShardReceipt(
    int split,
    String job,
    String file,
    long bytes,
    String sha256,
    long rows,
    long texts,
    long tokens,
    long skipped,
    SortedMap<String, Range> columns,
    SortedMap<String, Long> fired)
    implements Serializable {
  /**
   * The range of a column's numbers.
   *
   * @param least the smallest, or NaN if there is none
   * @param most the largest, or NaN if there is none
   * @param nan how many are no number
   */
  public record Range(double least, double most, long nan) implements Serializable {}

  String toJson() {
    ObjectNode json =
        HarvestJson.object()
            .put("split", split)
            .put("job", job)
            .put("file", file)
            .put("bytes", bytes)
            .put("sha256", sha256)
            .put("rows", rows)
            .put("texts", texts)
            .put("tokens", tokens)
            .put("skipped", skipped);
    ObjectNode ranges = json.putObject("columns");
    columns.forEach(
        (name, range) ->
            ranges
                .putObject(name)
                .put("least", String.valueOf(range.least))
                .put("most", String.valueOf(range.most))
                .put("nan", range.nan));
    ObjectNode sites = json.putObject("fired");
    fired.forEach(sites::put);
    return HarvestJson.text(json);
  }

  static ShardReceipt read(String where, JsonNode json) {
    SortedMap<String, Range> ranges = new TreeMap<>();
    HarvestJson.field(where, json, "columns")
        .properties()
        .forEach(
            entry ->
                ranges.put(
                    entry.getKey(),
                    new Range(
                        Double.parseDouble(entry.getValue().path("least").asText("NaN")),
                        Double.parseDouble(entry.getValue().path("most").asText("NaN")),
                        entry.getValue().path("nan").asLong())));
    SortedMap<String, Long> fired = new TreeMap<>();
    HarvestJson.field(where, json, "fired")
        .properties()
        .forEach(entry -> fired.put(entry.getKey(), entry.getValue().asLong()));
    return new ShardReceipt(
        HarvestJson.field(where, json, "split").asInt(),
        HarvestJson.field(where, json, "job").asText(),
        HarvestJson.field(where, json, "file").asText(),
        HarvestJson.field(where, json, "bytes").asLong(),
        HarvestJson.field(where, json, "sha256").asText(),
        HarvestJson.field(where, json, "rows").asLong(),
        HarvestJson.field(where, json, "texts").asLong(),
        HarvestJson.field(where, json, "tokens").asLong(),
        HarvestJson.field(where, json, "skipped").asLong(),
        ranges,
        fired);
  }
}
