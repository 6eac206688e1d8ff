package org.nnsight4j.harvest.job;

import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.SortedMap;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Tensor;

/** The numbers of the passes of a split, text by text, put back into the order of the dataset. */
final class Gathered {
  private final HarvestJob job;
  private final SplitTexts texts;

  /** By column, the numbers of each text; null for a text that was in no pass yet. */
  private final Map<ShardColumn, @Nullable ByteBuffer[]> numbers = new LinkedHashMap<>();

  /** Which tokens of each text are kept. */
  private final boolean[][] kept;

  Gathered(HarvestJob job, SplitTexts texts) {
    this.job = job;
    this.texts = texts;
    for (ShardColumn column : job.spec().columns()) {
      numbers.put(column, new ByteBuffer[texts.count()]);
    }
    this.kept = new boolean[texts.count()][];
  }

  /**
   * Takes the results of one pass.
   *
   * @param saved by node
   */
  void add(int[] batch, Map<Integer, Tensor> saved) {
    int length = texts.ids(batch[0]).length;
    keep(batch, length, saved);
    numbers.forEach(
        (column, all) -> {
          Tensor tensor = checked(column, saved.get(column.save()), batch.length, length);
          boolean perToken = column.per() == ShardColumn.Per.TOKEN;
          int one = Math.toIntExact(column.width() * column.dtype().bytes());
          ByteBuffer bytes = tensor.bytes();
          for (int i = 0; i < batch.length; i++) {
            int size = perToken ? one * length : one;
            ByteBuffer text = bytes.slice(i * size, size);
            all[batch[i]] = perToken ? onlyKept(text, one, kept[batch[i]]) : text;
          }
        });
  }

  private void keep(int[] batch, int length, Map<Integer, Tensor> saved) {
    for (int text : batch) {
      kept[text] = new boolean[length];
      Arrays.fill(kept[text], true);
    }
    Tensor mask = saved.get(job.spec().keep());
    if (mask != null) {
      if (mask.size() != batch.length * length) {
        throw new RunException(
            "keep: expected a truth value for each of %s tokens, found %s"
                .formatted(batch.length * length, mask.header()));
      }
      for (int i = 0; i < mask.size(); i++) {
        kept[batch[i / length]][i % length] = mask.at(i) != 0;
      }
    }
  }

  private static Tensor checked(
      ShardColumn column, @Nullable Tensor tensor, int texts, int length) {
    long[] shape =
        new long[column.shape().size() + (column.per() == ShardColumn.Per.TOKEN ? 2 : 1)];
    shape[0] = texts;
    int next = 1;
    if (column.per() == ShardColumn.Per.TOKEN) {
      shape[next++] = length;
    }
    for (long axis : column.shape()) {
      shape[next++] = axis;
    }
    if (tensor == null || !Arrays.equals(tensor.shape(), shape)) {
      throw new RunException(
          "column '%s': expected %s for %s texts of %s tokens, found %s"
              .formatted(
                  column.name(),
                  Arrays.toString(shape),
                  texts,
                  length,
                  tensor == null ? "nothing" : tensor.header()));
    }
    return tensor;
  }

  private static ByteBuffer onlyKept(ByteBuffer text, int one, boolean[] kept) {
    int count = 0;
    for (boolean keep : kept) {
      count += keep ? 1 : 0;
    }
    if (count == kept.length) {
      return text;
    }
    ByteBuffer some = ByteBuffer.allocate(count * one);
    for (int i = 0; i < kept.length; i++) {
      if (kept[i]) {
        some.put(text.slice(i * one, one));
      }
    }
    return some.flip();
  }

  /** One text's numbers in a column. */
  ByteBuffer numbers(ShardColumn column, int text) {
    return Objects.requireNonNull(Objects.requireNonNull(numbers.get(column))[text]).duplicate();
  }

  /** How many tokens of a text are kept. */
  int tokens(int text) {
    int count = 0;
    for (boolean keep : kept[text]) {
      count += keep ? 1 : 0;
    }
    return count;
  }

  ShardContents contents(SortedMap<String, Long> fired) {
    List<Long> row = new ArrayList<>();
    List<Long> textOf = new ArrayList<>();
    List<Long> position = new ArrayList<>();
    List<Long> tokenId = new ArrayList<>();
    long[] textRow = new long[texts.count()];
    long[] lengths = new long[texts.count()];
    for (int text = 0; text < texts.count(); text++) {
      textRow[text] = texts.row(text);
      lengths[text] = texts.ids(text).length;
      for (int p = 0; p < kept[text].length; p++) {
        if (kept[text][p]) {
          row.add(texts.row(text));
          textOf.add((long) text);
          position.add((long) p);
          tokenId.add(texts.ids(text)[p]);
        }
      }
    }
    Map<String, Tensor> index = new LinkedHashMap<>();
    index.put(ShardContents.TEXT_ROW, Tensor.of(textRow, textRow.length));
    index.put(ShardContents.TEXT_LENGTH, Tensor.of(lengths, lengths.length));
    index.put(ShardContents.ROW, longs(row));
    index.put(ShardContents.TEXT, longs(textOf));
    index.put(ShardContents.POSITION, longs(position));
    index.put(ShardContents.TOKEN_ID, longs(tokenId));
    Map<String, Tensor> columns = new LinkedHashMap<>();
    numbers.forEach(
        (column, all) ->
            columns.put(column.name(), joined(column, all, textRow.length, row.size())));
    return new ShardContents(index, columns, texts.skipped(), fired);
  }

  private static Tensor longs(List<Long> numbers) {
    return Tensor.of(numbers.stream().mapToLong(Long::longValue).toArray(), numbers.size());
  }

  private static Tensor joined(
      ShardColumn column, @Nullable ByteBuffer[] all, int texts, int tokens) {
    long count = column.per() == ShardColumn.Per.TOKEN ? tokens : texts;
    long size = count * column.width() * column.dtype().bytes();
    if (size > Integer.MAX_VALUE - 8) {
      throw new RunException(
          "column '%s' of a split has %s bytes, expected at most 2 GiB; take fewer rowsPerSplit, or compute something smaller in the run"
              .formatted(column.name(), size));
    }
    ByteBuffer bytes = ByteBuffer.allocate((int) size);
    for (ByteBuffer one : all) {
      bytes.put(Objects.requireNonNull(one).duplicate());
    }
    long[] shape = new long[column.shape().size() + 1];
    shape[0] = count;
    for (int axis = 1; axis < shape.length; axis++) {
      shape[axis] = column.shape().get(axis - 1);
    }
    return Tensor.ofBytes(column.dtype(), bytes.flip(), shape);
  }
}
