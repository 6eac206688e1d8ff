package org.nnsight4j.harvest.internal.format;

import com.google.auto.service.AutoService;
import java.nio.file.Path;
import java.util.Map;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.harvest.job.HarvestJob;
import org.nnsight4j.harvest.job.ShardContents;
import org.nnsight4j.harvest.job.ShardFormat;
import org.nnsight4j.tensor.Tensor;

/**
 * One safetensors file for each shard: a tensor for each column, and for each part of the index.
 */
@AutoService(ShardFormat.class)
public final class SafetensorsShards implements ShardFormat {
  @Override
  public String name() {
    return "safetensors";
  }

  @Override
  public String extension() {
    return "safetensors";
  }

  /** It holds everything. */
  @Override
  public void check(HarvestJob.Spec spec) {}

  @Override
  public void write(
      Path file, HarvestJob.Spec spec, ShardContents shard, Map<String, String> metadata) {
    Safetensors.write(file, shard.all(), metadata);
  }

  @Override
  public Map<String, Tensor> read(Path file, HarvestJob.Spec spec) {
    return Safetensors.read(file);
  }
}
