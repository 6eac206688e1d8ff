package org.nnsight4j.harvest.internal.format;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import com.google.auto.service.AutoService;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.nnsight4j.error.RunException;
import org.nnsight4j.harvest.job.HarvestJob;
import org.nnsight4j.harvest.job.ShardColumn;
import org.nnsight4j.harvest.job.ShardContents;
import org.nnsight4j.harvest.job.ShardFormat;
import org.nnsight4j.harvest.job.ShardReceipt;
import org.nnsight4j.internal.digest.Sha256;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/**
 * The folder of a dataset as {@code datasets.save_to_disk} writes it, with one row for each context
 * of tokens: {@code Array2D [context, width]} for each column, and {@code token_ids}. SAELens
 * trains on it.
 */
@AutoService(ShardFormat.class)
public final class ArrowShards implements ShardFormat {
  private static final Set<DType> TYPES =
      Set.of(DType.FLOAT16, DType.FLOAT32, DType.FLOAT64, DType.INT32, DType.INT64);

  @Override
  public String name() {
    return "arrow";
  }

  @Override
  public String extension() {
    return "arrow";
  }

  @Override
  public void check(HarvestJob.Spec spec) {
    if (spec.batching().context() == 0) {
      throw new RunException(
          "arrow: expected contexts of one length, as SAELens trains on them, found texts as they are; say contexts(128)");
    }
    if (spec.keep() >= 0) {
      throw new RunException(
          "arrow: expected all tokens of each context, found keep(...); write safetensors or parquet");
    }
    for (ShardColumn column : spec.columns()) {
      if (column.per() != ShardColumn.Per.TOKEN
          || column.shape().size() > 1
          || !TYPES.contains(column.dtype())) {
        throw new RunException(
            "arrow: expected a number or a vector for each token, of the types %s, found %s"
                .formatted(TYPES.stream().sorted().toList(), column));
      }
    }
  }

  @Override
  public void write(
      Path file, HarvestJob.Spec spec, ShardContents shard, Map<String, String> metadata)
      throws IOException {
    int context = spec.batching().context();
    int rows = Math.toIntExact(shard.texts());
    ArrowStream.Batch batch = new ArrowStream.Batch();
    for (ShardColumn column : spec.columns()) {
      Tensor numbers = shard.columns().get(column.name());
      batch.array(rows);
      if (!column.shape().isEmpty()) {
        batch.buffer(offsets(rows, context));
        batch.array((long) rows * context);
        batch.buffer(offsets(rows * context, Math.toIntExact(column.width())));
      }
      batch.array(rows * context * column.width());
      batch.buffer(numbers == null ? ByteBuffer.allocate(0) : numbers.bytes());
    }
    batch.array(rows);
    batch.array((long) rows * context);
    batch.buffer(narrowed(shard.index().get(ShardContents.TOKEN_ID)));
    ArrowStream.write(file, rows, ArrowSchema.of(spec, features(spec)), batch);
  }

  private static ByteBuffer offsets(int lists, int length) {
    ByteBuffer bytes = ByteBuffer.allocate((lists + 1) * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (int i = 0; i <= lists; i++) {
      bytes.putInt(Math.multiplyExact(i, length));
    }
    return bytes.flip();
  }

  private static ByteBuffer narrowed(@org.jspecify.annotations.Nullable Tensor ids) {
    long[] numbers = ids == null ? new long[0] : ids.toLongArray();
    ByteBuffer bytes = ByteBuffer.allocate(numbers.length * 4).order(ByteOrder.LITTLE_ENDIAN);
    for (long id : numbers) {
      bytes.putInt(Math.toIntExact(id));
    }
    return bytes.flip();
  }

  @Override
  public Map<String, Tensor> read(Path file, HarvestJob.Spec spec) throws IOException {
    List<ByteBuffer> buffers = ArrowStream.read(file);
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    int next = 0;
    for (ShardColumn column : spec.columns()) {
      // Nulls of each array, offsets of each list, and then the numbers.
      next += column.shape().isEmpty() ? 3 : 6;
      ByteBuffer bytes = buffers.get(next - 1);
      long tokens = bytes.remaining() / column.dtype().bytes() / column.width();
      long[] shape =
          column.shape().isEmpty() ? new long[] {tokens} : new long[] {tokens, column.width()};
      tensors.put(column.name(), Tensor.ofBytes(column.dtype(), bytes, shape));
    }
    ByteBuffer ids = buffers.get(next + 2);
    tensors.put(
        ShardContents.TOKEN_ID, Tensor.ofBytes(DType.INT32, ids, (long) ids.remaining() / 4));
    return tensors;
  }

  /** What makes the folder a dataset: its features, and the list of its files. */
  @Override
  public void finish(Path folder, HarvestJob.Spec spec, List<ShardReceipt> receipts)
      throws IOException {
    ObjectNode info = object().put("citation", "").put("description", "");
    info.set("features", features(spec));
    info.put("homepage", "").put("license", "");
    Files.writeString(
        folder.resolve("dataset_info.json"), info.toPrettyString(), StandardCharsets.UTF_8);
    ObjectNode state = object();
    ArrayNode files = state.putArray("_data_files");
    receipts.forEach(receipt -> files.addObject().put("filename", receipt.file()));
    state.put("_fingerprint", Sha256.of(files.toString()).substring(0, 16));
    state.putNull("_format_columns");
    state.putObject("_format_kwargs");
    state.putNull("_format_type");
    state.put("_output_all_columns", false);
    state.putNull("_split");
    Files.writeString(folder.resolve("state.json"), state.toPrettyString(), StandardCharsets.UTF_8);
  }

  private static ObjectNode object() {
    return JsonNodeFactory.instance.objectNode();
  }

  private static ObjectNode features(HarvestJob.Spec spec) {
    int context = spec.batching().context();
    ObjectNode features = object();
    for (ShardColumn column : spec.columns()) {
      String type = ArrowSchema.pythonName(column.dtype());
      if (column.shape().isEmpty()) {
        features.set(column.name(), list(type, context));
      } else {
        ObjectNode array = features.putObject(column.name());
        array.putArray("shape").add(context).add(column.width());
        array.put("dtype", type).put("_type", "Array2D");
      }
    }
    features.set("token_ids", list("int32", context));
    return features;
  }

  private static ObjectNode list(String type, int length) {
    ObjectNode list = object();
    list.putObject("feature").put("dtype", type).put("_type", "Value");
    return list.put("length", length).put("_type", "Sequence");
  }
}
