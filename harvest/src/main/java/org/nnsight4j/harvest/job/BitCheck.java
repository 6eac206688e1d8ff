package org.nnsight4j.harvest.job;

import java.io.IOException;
import java.nio.ByteBuffer;
import java.util.List;
import java.util.Map;
import java.util.PrimitiveIterator;
import java.util.SplittableRandom;
import java.util.stream.IntStream;
import java.util.stream.LongStream;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;

/** Computes random texts of a finished harvest again, and compares all bits of theirs. */
public final class BitCheck {
  private BitCheck() {}

  /**
   * Compares.
   *
   * @param count how many texts; all if there are no more
   * @param seed which
   * @return how many numbers were compared
   * @throws RunException naming the first that differs
   */
  public static long check(HarvestJob job, ShardStore store, int count, long seed)
      throws IOException {
    List<ShardReceipt> receipts =
        store.finish(HarvestListener.NONE).stream().filter(one -> one.texts() > 0).toList();
    if (receipts.isEmpty()) {
      throw new RunException(store.folder() + " has no text that could be compared");
    }
    ShardMaker maker = ShardMaker.of(job);
    long compared = 0;
    long before = 0;
    PrimitiveIterator.OfLong chosen = chosen(receipts, count, seed).iterator();
    long next = chosen.hasNext() ? chosen.nextLong() : Long.MAX_VALUE;
    for (ShardReceipt receipt : receipts) {
      long after = before + receipt.texts();
      while (next < after) {
        compared += text(job, store, maker, receipt, Math.toIntExact(next - before));
        next = chosen.hasNext() ? chosen.nextLong() : Long.MAX_VALUE;
      }
      before = after;
    }
    return compared;
  }

  /** Each text as likely as another and none twice, in the order of the shards. */
  private static LongStream chosen(List<ShardReceipt> receipts, int count, long seed) {
    long all = receipts.stream().mapToLong(ShardReceipt::texts).sum();
    return count >= all
        ? LongStream.range(0, all)
        : new SplittableRandom(seed).longs(0, all).distinct().limit(count).sorted();
  }

  private static long text(
      HarvestJob job, ShardStore store, ShardMaker maker, ShardReceipt receipt, int text)
      throws IOException {
    SplitTexts texts = maker.texts(job.splits().get(receipt.split()));
    // In the pass that it was in: kernels depend on shapes.
    int[] batch =
        job.spec().batching().batches(texts.lengths()).stream()
            .filter(one -> IntStream.of(one).anyMatch(each -> each == text))
            .findFirst()
            .orElseThrow();
    Gathered again = maker.pass(texts, batch);
    Map<String, Tensor> stored = store.read(receipt);
    long compared = 0;
    for (ShardColumn column : job.spec().columns()) {
      Tensor all = stored.get(column.name());
      if (all == null) {
        throw new RunException("%s has no column '%s'".formatted(receipt.file(), column.name()));
      }
      ByteBuffer now = again.numbers(column, text);
      int one = Math.toIntExact(column.width() * column.dtype().bytes());
      int from =
          column.per() == ShardColumn.Per.TEXT
              ? text * one
              : one * tokensBefore(texts, stored, text);
      ByteBuffer then = all.bytes().slice(from, now.remaining());
      int differs = now.mismatch(then);
      if (differs >= 0) {
        throw new RunException(
            "%s: row %s of the dataset has other bits in column '%s' than computed now, from its number %s on; found %s in the file"
                .formatted(
                    receipt.file(),
                    texts.row(text),
                    column.name(),
                    differs / column.dtype().bytes(),
                    all.header()));
      }
      compared += now.remaining() / column.dtype().bytes();
    }
    return compared;
  }

  /** Where the tokens of a text begin in its shard. */
  private static int tokensBefore(SplitTexts texts, Map<String, Tensor> stored, int text) {
    Tensor ofTexts = stored.get(ShardContents.TEXT);
    if (ofTexts == null) {
      // A format without it holds whole texts.
      return IntStream.range(0, text).map(i -> texts.ids(i).length).sum();
    }
    return (int) LongStream.of(ofTexts.toLongArray()).filter(one -> one < text).count();
  }
}
