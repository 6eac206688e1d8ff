package org.nnsight4j.harvest.job;

import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.ServiceLoader;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;

/** A format of shards, found as a service. The same contents always give the same bytes. */
public interface ShardFormat {
  /** Its name, such as {@code safetensors}. */
  String name();

  /** The end of its files' names, without the dot. */
  String extension();

  /**
   * Refuses what it cannot hold.
   *
   * @throws RunException naming the column
   */
  void check(HarvestJob.Spec spec);

  /**
   * Writes a shard and forces it to disk.
   *
   * @param metadata for formats that have a place for it
   */
  void write(Path file, HarvestJob.Spec spec, ShardContents shard, Map<String, String> metadata)
      throws IOException;

  /**
   * Reads what {@link #write} wrote: index and columns by name, as far as the format keeps them.
   */
  Map<String, Tensor> read(Path file, HarvestJob.Spec spec) throws IOException;

  /** Writes what readers of the whole folder need, before it is declared complete. */
  default void finish(Path folder, HarvestJob.Spec spec, List<ShardReceipt> receipts)
      throws IOException {}

  /**
   * The format with a name.
   *
   * @throws RunException if no jar on the class path has it
   */
  static ShardFormat of(String name) {
    return ServiceLoader.load(ShardFormat.class, ShardFormat.class.getClassLoader()).stream()
        .map(ServiceLoader.Provider::get)
        .filter(one -> one.name().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new RunException(
                    "no jar on the class path writes shards as '%s'; there are safetensors and arrow, and parquet in nnsight4j-harvest-parquet"
                        .formatted(name)));
  }
}
