package org.nnsight4j.harvest.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;
import java.util.SortedMap;
import java.util.TreeSet;
import java.util.UUID;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.digest.Sha256;
import org.nnsight4j.internal.file.OwnFolder;

/**
 * The folder of a harvest. A shard counts once its receipt has its name, which it gets in one step
 * and only if no other attempt was faster; everything before that is under {@code _tmp}. Any number
 * of processes may use it at the same time.
 */
public final class ShardStore {
  private static final String JOB = "job.json";
  private static final String MANIFEST = "manifest.json";
  private static final String SUCCESS = "_SUCCESS";
  private static final String TEMPORARY = "_tmp";

  private final Path folder;
  private final HarvestJob job;
  private final ShardFormat format;

  private ShardStore(Path folder, HarvestJob job) {
    this.folder = folder;
    this.job = job;
    this.format = ShardFormat.of(job.spec().format());
  }

  /**
   * Opens the folder of a job, and makes it if it is not there.
   *
   * @throws RunException if it has another harvest, naming what differs
   */
  public static ShardStore open(Path folder, HarvestJob job) throws IOException {
    Files.createDirectories(folder.resolve(TEMPORARY));
    ObjectNode json = HarvestJson.object().put("digest", job.digest());
    json.set("parts", HarvestJson.strings(job.parts()));
    Path written = folder.resolve(TEMPORARY).resolve(UUID.randomUUID() + ".job");
    Durable.write(written, HarvestJson.text(json));
    if (!Durable.nameOnce(written, folder.resolve(JOB))) {
      Files.deleteIfExists(written);
      requireSame(folder, job);
    }
    return new ShardStore(folder, job);
  }

  private static void requireSame(Path folder, HarvestJob job) throws IOException {
    JsonNode json = HarvestJson.read(folder.resolve(JOB));
    SortedMap<String, String> there =
        HarvestJson.strings(HarvestJson.field(folder + "/" + JOB, json, "parts"));
    TreeSet<String> names = new TreeSet<>(there.keySet());
    names.addAll(job.parts().keySet());
    List<String> differences = new ArrayList<>();
    for (String name : names) {
      String here = job.parts().getOrDefault(name, "none");
      String found = there.getOrDefault(name, "none");
      if (!here.equals(found)) {
        differences.add("%s (expected %s, found %s)".formatted(name, here, found));
      }
    }
    if (!differences.isEmpty()) {
      throw new RunException(
          "%s has another harvest, which differs in %s; choose another folder, or delete this one"
              .formatted(folder, String.join(", ", differences)));
    }
  }

  public Path folder() {
    return folder;
  }

  /**
   * A shard under a temporary name, and its receipt.
   *
   * @param late whether another attempt had committed the split before this one was written
   */
  public record Attempt(Path shard, Path receipt, ShardReceipt contents, boolean late) {
    /** Deletes what is left of an attempt that is not published. */
    public void discard() throws IOException {
      Files.deleteIfExists(shard);
      Files.deleteIfExists(receipt);
    }
  }

  /** Writes a shard and its receipt to disk, under temporary names. */
  public Attempt write(RowSplit split, ShardContents contents) throws IOException {
    Files.createDirectories(folder.resolve(TEMPORARY));
    String name = split.index() + "-" + UUID.randomUUID();
    Path shard = folder.resolve(TEMPORARY).resolve(name + "." + format.extension());
    Path receipt = folder.resolve(TEMPORARY).resolve(name + ".json");
    try {
      return written(split, contents, shard, receipt);
    } catch (IOException | CheckpointException e) {
      // A process that has finished the harvest deletes what slower ones write.
      if (Files.exists(receipt(split.index()))) {
        return new Attempt(shard, receipt, read(receipt(split.index())), true);
      }
      throw e;
    }
  }

  private Attempt written(RowSplit split, ShardContents contents, Path shard, Path receipt)
      throws IOException {
    format.write(
        shard,
        job.spec(),
        contents,
        Map.of(
            "nnsight4j.harvest", job.digest(), "nnsight4j.split", String.valueOf(split.index())));
    String digest = Sha256.of(shard);
    ShardReceipt about =
        new ShardReceipt(
            split.index(),
            job.digest(),
            String.format(
                Locale.ROOT,
                "part-%05d-%s.%s",
                split.index(),
                digest.substring(0, 8),
                format.extension()),
            Files.size(shard),
            digest,
            split.rows(),
            contents.texts(),
            contents.tokens(),
            contents.skipped(),
            Ranges.of(contents.columns()),
            contents.fired());
    Durable.write(receipt, about.toJson());
    return new Attempt(shard, receipt, about, false);
  }

  /**
   * Commits a shard, unless another attempt was faster. First the shard gets its name, then its
   * receipt: a receipt never speaks of a shard that is not there.
   *
   * @throws RunException if another attempt committed other bits
   */
  public ShardReceipt publish(Attempt attempt, HarvestListener listener) throws IOException {
    ShardReceipt mine = attempt.contents();
    Path receipt = receipt(mine.split());
    if (!attempt.late() && !Files.exists(receipt)) {
      try {
        Durable.name(attempt.shard(), folder.resolve(mine.file()));
        listener.at(HarvestStage.NAMED, mine.split());
        if (Durable.nameOnce(attempt.receipt(), receipt)) {
          return mine;
        }
      } catch (NoSuchFileException e) {
        // As above.
        if (!Files.exists(receipt)) {
          throw e;
        }
      }
    }
    attempt.discard();
    ShardReceipt theirs = read(receipt);
    if (!theirs.sha256().equals(mine.sha256())) {
      Files.deleteIfExists(folder.resolve(mine.file()));
      throw new RunException(
          "split %s was computed twice, with different bits: %s is committed, this process computed %s; compare the processors and libraries of the machines, and pin them alike (docs/harvest.md)"
              .formatted(mine.split(), theirs.file(), mine.file()));
    }
    return theirs;
  }

  /**
   * The receipt of a split whose shard is complete. What is damaged is deleted, so that it is made
   * again.
   */
  public Optional<ShardReceipt> committed(RowSplit split) throws IOException {
    Path receipt = receipt(split.index());
    if (!Files.exists(receipt)) {
      return Optional.empty();
    }
    try {
      ShardReceipt found = read(receipt);
      Path shard = folder.resolve(found.file());
      if (found.job().equals(job.digest())
          && Files.size(shard) == found.bytes()
          && Sha256.of(shard).equals(found.sha256())) {
        return Optional.of(found);
      }
      Files.deleteIfExists(shard);
    } catch (NoSuchFileException | RunException e) {
      // Neither is a shard that anybody could use.
    }
    Files.deleteIfExists(receipt);
    return Optional.empty();
  }

  /** The splits that have no complete shard. */
  public List<RowSplit> missing() throws IOException {
    List<RowSplit> missing = new ArrayList<>();
    for (RowSplit split : job.splits()) {
      if (committed(split).isEmpty()) {
        missing.add(split);
      }
    }
    return missing;
  }

  /** The numbers of a shard. */
  public Map<String, org.nnsight4j.tensor.Tensor> read(ShardReceipt receipt) throws IOException {
    return format.read(folder.resolve(receipt.file()), job.spec());
  }

  private Path receipt(int split) {
    return folder.resolve(String.format(Locale.ROOT, "part-%05d.json", split));
  }

  private static ShardReceipt read(Path file) throws IOException {
    return ShardReceipt.read(file.toString(), HarvestJson.read(file));
  }

  /**
   * Declares the harvest complete.
   *
   * @return the receipts of all splits, in order
   * @throws RunException if a split has no receipt
   */
  public List<ShardReceipt> finish(HarvestListener listener) throws IOException {
    List<ShardReceipt> receipts = new ArrayList<>();
    for (RowSplit split : job.splits()) {
      Path receipt = receipt(split.index());
      if (!Files.exists(receipt)) {
        throw new RunException(
            "%s: split %s has no receipt, so the harvest is not complete; run it again"
                .formatted(folder, split.index()));
      }
      receipts.add(read(receipt));
    }
    format.finish(folder, job.spec(), receipts);
    replace(MANIFEST, HarvestJson.text(manifest(receipts)));
    listener.at(HarvestStage.LISTED, -1);
    replace(SUCCESS, "");
    OwnFolder.delete(folder.resolve(TEMPORARY));
    listener.at(HarvestStage.FINISHED, -1);
    return receipts;
  }

  private ObjectNode manifest(List<ShardReceipt> receipts) {
    ObjectNode json =
        HarvestJson.object()
            .put("job", job.digest())
            .put("output", output(receipts))
            .put("rows", receipts.stream().mapToLong(ShardReceipt::rows).sum())
            .put("texts", receipts.stream().mapToLong(ShardReceipt::texts).sum())
            .put("tokens", receipts.stream().mapToLong(ShardReceipt::tokens).sum())
            .put("skipped", receipts.stream().mapToLong(ShardReceipt::skipped).sum());
    ArrayNode files = json.putArray("files");
    receipts.forEach(receipt -> files.add(receipt.file()));
    return json;
  }

  /** The name of all shards together: equal for equal bits. */
  public static String output(List<ShardReceipt> receipts) {
    Sha256 digest = new Sha256();
    receipts.forEach(receipt -> digest.add(receipt.toJson()));
    return digest.hex();
  }

  private void replace(String name, String text) throws IOException {
    Path temporary = folder.resolve(TEMPORARY);
    Files.createDirectories(temporary);
    Path written = temporary.resolve(UUID.randomUUID() + "." + name);
    Durable.write(written, text);
    Durable.name(written, folder.resolve(name));
  }
}
