package org.nnsight4j.harvest;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.attach.LinearProbe;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.harvest.job.HarvestJob;
import org.nnsight4j.harvest.job.HarvestListener;
import org.nnsight4j.harvest.job.ShardMaker;
import org.nnsight4j.harvest.job.ShardReceipt;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;

final class DatasetRunTest {
  private static final String STREAM = "blocks.1.hook_resid_post";
  private static LanguageModel<Gpt2> gpt2;

  @TempDir private Path folder;

  @BeforeAll
  static void open() {
    gpt2 = EmbeddedGpt2.open().as(Gpt2.class);
  }

  @AfterAll
  static void close() {
    gpt2.close();
  }

  private static DatasetRun streams() {
    return DatasetRun.of(gpt2, (invoker, columns) -> columns.hooks(DType.FLOAT32, STREAM));
  }

  /** Each row is what the text alone gives, at its place in the dataset. */
  @Test
  void everyTokenHasItsRow() throws IOException {
    Path lines =
        Files.writeString(
            folder.resolve("lines"),
            "The Eiffel Tower\n\nMary gave a book to John\nParis is in\r\nRome",
            StandardCharsets.UTF_8);
    DatasetRun run =
        DatasetRun.of(
                gpt2,
                (invoker, columns) -> {
                  columns.hooks(DType.FLOAT32, STREAM);
                  columns.perText("logits", invoker.model().lmHead().output().at(-1));
                })
            .over(DatasetRows.lines(lines))
            .rowsPerSplit(3);
    HarvestResult found = run.run(folder.resolve("out"));
    assertThat(found.files()).hasSize(2);
    assertThat(found.texts()).isEqualTo(4);
    assertThat(found.receipts().get(0).skipped()).isEqualTo(1);
    Map<String, Tensor> first = found.read(0);
    Map<String, Tensor> second = found.read(1);
    assertThat(first.get("text_row").toLongArray()).isEqualTo(new long[] {0, 2});
    assertThat(second.get("text_row").toLongArray()).isEqualTo(new long[] {3, 4});
    assertRow("The Eiffel Tower", first, 0);
    assertRow("Mary gave a book to John", first, 2);
    assertRow("Paris is in", second, 3);
    assertRow("Rome", second, 4);
    ShardReceipt.Range range = found.receipts().get(0).columns().get(STREAM);
    double least = Double.MAX_VALUE;
    for (double number : first.get(STREAM).toDoubleArray()) {
      least = Math.min(least, number);
    }
    assertThat(range.least()).isEqualTo(least);
    assertThat(range.nan()).isEqualTo(0);
    // Lines of 3, 6 and one token: two passes in each split.
    assertThat(found.receipts().get(0).fired().values()).containsExactly(2L, 2L);
  }

  private static void assertRow(String text, Map<String, Tensor> shard, long row) {
    record Alone(Saved<?> stream, Saved<?> logits) {}
    Alone alone =
        gpt2.trace(
            text,
            model ->
                new Alone(
                    model.transformer().h(1).output(0).save(),
                    model.lmHead().output().at(-1).save()));
    long[] ids = gpt2.tokenizer().encode(text);
    long[] rows = shard.get("row").toLongArray();
    int next = 0;
    for (int token = 0; token < rows.length; token++) {
      if (rows[token] == row) {
        assertThat(shard.get("position").toLongArray()[token]).isEqualTo(next);
        assertThat(shard.get("token_id").toLongArray()[token]).isEqualTo(ids[next]);
        for (int i = 0; i < shard.get(STREAM).shape(1); i++) {
          assertThat(shard.get(STREAM).get(token, i))
              .isWithin(1e-4)
              .of(alone.stream().value().get(0, next, i));
        }
        next++;
      }
    }
    assertThat(next).isEqualTo(ids.length);
    long[] texts = shard.get("text_row").toLongArray();
    for (int i = 0; i < texts.length; i++) {
      if (texts[i] == row) {
        assertThat(shard.get("text_length").toLongArray()[i]).isEqualTo(ids.length);
        assertThat(shard.get("logits").get(i, 5))
            .isWithin(1e-4)
            .of(alone.logits().value().get(0, 5));
      }
    }
  }

  /**
   * Workers, and what ran before, change no bit; the size of splits and passes is part of the job.
   */
  @Test
  void workersChangeNoBit() throws IOException {
    Path lines = Corpus.lines(folder, 60);
    DatasetRun run = streams().over(DatasetRows.lines(lines)).rowsPerSplit(7).rowsPerBatch(4);
    HarvestResult one = run.workers(1).run(folder.resolve("one"));
    HarvestResult three = run.workers(3).run(folder.resolve("three"));
    assertThat(three.digest()).isEqualTo(one.digest());
    assertThat(one.files()).hasSize(9);
    for (int i = 0; i < 9; i++) {
      assertThat(three.files().get(i).getFileName()).isEqualTo(one.files().get(i).getFileName());
    }
    HarvestJob job = run.job();
    assertThat(HarvestJob.read(job.toBytes()).digest()).isEqualTo(job.digest());
    assertThat(HarvestJob.read(job.toBytes()).splits()).isEqualTo(job.splits());
    assertThat(run.rowsPerBatch(5).job().digest()).isNotEqualTo(job.digest());
  }

  @Test
  void valuesAreNotCutToIntegers() throws IOException {
    Path lines = Corpus.lines(folder, 2);
    assertThat(
            assertThrows(
                RecordingException.class,
                () ->
                    DatasetRun.of(gpt2, (invoker, columns) -> columns.hooks(DType.INT64, STREAM))
                        .over(DatasetRows.lines(lines))
                        .job()))
        .hasMessageThat()
        .contains("hooks: expected a floating-point type for the files, found INT64");
  }

  /** A line of source code that moves is no other graph; a number in it is one. */
  @Test
  void aJobIsNamedByWhatItComputes() throws IOException {
    Path lines = Corpus.lines(folder, 20);
    DatasetRun run = streams().over(DatasetRows.lines(lines));
    DatasetRun elsewhere =
        DatasetRun.of(gpt2, (invoker, columns) -> columns.hooks(DType.FLOAT32, STREAM))
            .over(DatasetRows.lines(lines));
    assertThat(elsewhere.job().parts()).isEqualTo(run.job().parts());
    DatasetRun doubled =
        DatasetRun.of(
                gpt2,
                (invoker, columns) ->
                    columns.perToken(STREAM, invoker.model().transformer().h(1).output(0).mul(2.0)))
            .over(DatasetRows.lines(lines));
    assertThat(doubled.job().parts().get("graph")).isNotEqualTo(run.job().parts().get("graph"));
  }

  @Test
  void aFolderOfAnotherHarvestIsRefusedByWhatDiffers() throws IOException {
    Path lines = Corpus.lines(folder, 20);
    Path out = folder.resolve("out");
    DatasetRun run = streams().over(DatasetRows.lines(lines));
    HarvestResult first = run.run(out);
    assertThat(run.run(out).kept()).isEqualTo(first.files().size());
    assertThat(refused(run.rowsPerBatch(3), out)).contains("differs in batching (expected");
    assertThat(refused(run.kernels(2, "linear"), out)).contains("differs in kernels (expected");
    assertThat(refused(run.format("arrow").contexts(4), out))
        .contains("differs in batching (expected 1000 rows a split");
    Files.writeString(lines, "Another line\n", StandardCharsets.UTF_8);
    assertThat(refused(run, out)).contains("differs in dataset (expected");
    DatasetRun other =
        DatasetRun.of(gpt2, (invoker, columns) -> columns.hooks(DType.FLOAT16, STREAM))
            .over(DatasetRows.lines(lines));
    assertThat(refused(other, out)).contains("columns (expected");
  }

  private static String refused(DatasetRun run, Path out) {
    return assertThrows(RunException.class, () -> run.run(out)).getMessage();
  }

  @Test
  void whatIsComputedInTheRunIsSmall() throws IOException {
    Path lines = Corpus.lines(folder, 30);
    Tensor directions = Tensor.of(new float[2 * width()], 2, width());
    float[] weights = new float[width()];
    weights[3] = 1;
    LinearProbe probe =
        LinearProbe.of(Tensor.of(weights, 1, width()), Tensor.of(new float[] {0}, 1));
    DatasetRun run =
        DatasetRun.of(
                gpt2,
                (invoker, columns) -> {
                  var stream = invoker.model().transformer().h(1).output(0);
                  columns.hooks(DType.FLOAT32, STREAM);
                  columns.projection("none", stream, directions);
                  columns.probe("probe", stream, probe);
                  columns.topK("best", stream, 2);
                  columns.keep(stream.get("..., 3").gt(0.0));
                })
            .over(DatasetRows.lines(lines))
            .rowsPerSplit(10);
    HarvestResult found = run.run(folder.resolve("out"));
    HarvestResult all =
        streams().over(DatasetRows.lines(lines)).rowsPerSplit(10).run(folder.resolve("all"));
    assertThat(found.tokens()).isLessThan(all.tokens());
    for (int shard = 0; shard < found.files().size(); shard++) {
      List<Double> expected = new ArrayList<>();
      Tensor whole = all.read(shard).get(STREAM);
      for (int token = 0; token < whole.shape(0); token++) {
        if (whole.get(token, 3) > 0) {
          expected.add(whole.get(token, 3));
        }
      }
      Map<String, Tensor> some = found.read(shard);
      assertThat(some.get(STREAM).shape(0)).isEqualTo(expected.size());
      for (int token = 0; token < expected.size(); token++) {
        assertThat(some.get("probe").get(token, 0)).isWithin(1e-5).of(expected.get(token));
        assertThat(some.get("none").get(token, 1)).isEqualTo(0.0);
        double best = some.get("best.value").get(token, 0);
        long index = some.get("best.index").toLongArray()[token * 2];
        assertThat(some.get(STREAM).get(token, index)).isEqualTo(best);
      }
    }
    assertThat(run.verify(folder.resolve("out"), 5, 1)).isGreaterThan(0);
  }

  private static int width() {
    return gpt2.blueprint().widths().get("hidden");
  }

  @Test
  void verifyFindsOneBit() throws IOException {
    Path lines = Corpus.lines(folder, 12);
    Path out = folder.resolve("out");
    DatasetRun run = streams().over(DatasetRows.lines(lines)).rowsPerSplit(6).rowsPerBatch(2);
    HarvestResult found = run.run(out);
    // No text twice: more than there are is all of them.
    assertThat(run.verify(out, 20, 3)).isEqualTo(found.tokens() * width());
    assertThat(run.verify(out, 4, 3)).isLessThan(found.tokens() * width());
    byte[] bytes = Files.readAllBytes(found.files().get(1));
    bytes[bytes.length - 3] ^= 1;
    Files.write(found.files().get(1), bytes);
    assertThat(assertThrows(RunException.class, () -> run.verify(out, 12, 3)))
        .hasMessageThat()
        .contains("has other bits in column '" + STREAM + "' than computed now");
    // A run sees the damage by the digest, and mends it.
    HarvestResult mended = run.run(out);
    assertThat(mended.kept()).isEqualTo(1);
    assertThat(mended.digest()).isEqualTo(found.digest());
  }

  /** Another machine may have another copy of the file. */
  @Test
  void rowsThatChangedSinceThePlanAreRefused() throws IOException {
    Path lines =
        Files.writeString(
            folder.resolve("lines"), "Rome\nParis\nLondon\nOslo", StandardCharsets.UTF_8);
    HarvestJob job = streams().over(DatasetRows.lines(lines)).rowsPerSplit(2).job();
    HarvestJob there = HarvestJob.read(job.toBytes());
    ShardMaker maker = ShardMaker.of(there);
    assertThat(maker.make(there.splits().get(1), HarvestListener.NONE).texts()).isEqualTo(2);
    for (String other : List.of("Rome\nParis\nLonden\nOslo", "Rome\nParis\nLondon", "Rome")) {
      Files.writeString(lines, other, StandardCharsets.UTF_8);
      assertThat(
              assertThrows(
                  RunException.class,
                  () -> maker.make(there.splits().get(1), HarvestListener.NONE)))
          .hasMessageThat()
          .contains("rows 2 to 3 of the dataset are not those with which the harvest was planned");
    }
  }

  @Test
  void contextsOfOneLengthAreADatasetOfArrow() throws IOException {
    Path lines = Corpus.lines(folder, 40);
    DatasetRun run =
        streams().over(DatasetRows.lines(lines)).rowsPerSplit(20).contexts(5).format("arrow");
    Path out = folder.resolve("arrow");
    HarvestResult found = run.run(out);
    assertThat(Files.readString(out.resolve("state.json")))
        .contains(found.receipts().get(1).file());
    HarvestResult plain =
        streams()
            .over(DatasetRows.lines(lines))
            .rowsPerSplit(20)
            .contexts(5)
            .run(folder.resolve("plain"));
    assertThat(found.tokens()).isEqualTo(plain.tokens());
    for (int shard = 0; shard < 2; shard++) {
      assertThat(found.read(shard).get(STREAM)).isEqualTo(plain.read(shard).get(STREAM));
      assertThat(found.read(shard).get("token_id").toLongArray())
          .isEqualTo(plain.read(shard).get("token_id").toLongArray());
    }
    assertThat(run.verify(out, 3, 5)).isEqualTo(3L * 5 * width());
    assertThat(assertThrows(RunException.class, () -> run.contexts(0).job()))
        .hasMessageThat()
        .contains("say contexts(128)");
  }

  @Test
  void rowsOfJsonAndIds() throws IOException {
    Path json =
        Files.writeString(
            folder.resolve("rows.jsonl"),
            "{\"text\": \"Paris\", \"ids\": [3, 4]}\n{\"text\": \"Rome\", \"ids\": []}\n",
            StandardCharsets.UTF_8);
    HarvestResult texts =
        streams().over(DatasetRows.jsonLines("text", json)).run(folder.resolve("texts"));
    assertThat(texts.texts()).isEqualTo(2);
    HarvestResult ids =
        streams().over(DatasetRows.jsonLinesOfIds("ids", json)).run(folder.resolve("ids"));
    assertThat(ids.read(0).get("token_id").toLongArray()).isEqualTo(new long[] {3, 4});
    assertThat(ids.read(-ids.files().size())).isEqualTo(ids.read(0));
    int count = ids.files().size();
    for (int wrong : new int[] {count, -count - 1, 1_000_000}) {
      assertThat(assertThrows(RunException.class, () -> ids.read(wrong)))
          .hasMessageThat()
          .isEqualTo(
              "shard %s does not exist: this harvest has %s, so 0 to %s, or -1 to -%s from the end"
                  .formatted(wrong, count, count - 1, count));
    }
    HarvestResult given =
        streams()
            .over(DatasetRows.ids(List.of(new long[] {3, 4}, new long[0])))
            .run(folder.resolve("given"));
    assertThat(given.receipts().get(0).columns()).isEqualTo(ids.receipts().get(0).columns());
    assertThat(
            assertThrows(
                RunException.class,
                () ->
                    streams()
                        .over(DatasetRows.jsonLines("ids", json))
                        .run(folder.resolve("wrong"))))
        .hasMessageThat()
        .contains("row 0: expected a text in the field 'ids', found ARRAY");
    assertThat(assertThrows(RunException.class, () -> DatasetRows.lines(folder.resolve("none"))))
        .hasMessageThat()
        .contains("expected a file with rows, found nothing");
  }

  @Test
  void columnsThatDoNotFitAreRefusedWhereTheyAreRecorded() {
    assertThat(wrong((invoker, columns) -> {})).contains("keeps nothing");
    assertThat(
            wrong(
                (invoker, columns) ->
                    columns.perText("h", invoker.model().transformer().h(0).output(0))))
        .contains("column 'h': expected [batch] and axes of known lengths");
    assertThat(
            wrong(
                (invoker, columns) ->
                    columns.perToken("h", invoker.model().transformer().h(0).output(0).at(-1))))
        .contains("column 'h': expected [batch, position]");
    assertThat(
            wrong(
                (invoker, columns) ->
                    columns.perToken("row", invoker.model().transformer().h(0).output(0))))
        .contains("expected a name of its own");
    assertThat(
            wrong((invoker, columns) -> columns.hooks(DType.FLOAT32, "blocks.0.attn.hook_pattern")))
        .contains("has no vector for each token");
    assertThat(
            wrong((invoker, columns) -> columns.keep(invoker.model().transformer().h(0).output(0))))
        .contains("keep: expected truth values");
  }

  private static String wrong(Recorder<Gpt2> recorder) {
    Exception refused =
        assertThrows(
            org.nnsight4j.error.Nnsight4jException.class, () -> DatasetRun.of(gpt2, recorder));
    assertThat(refused instanceof RecordingException || refused instanceof RunException).isTrue();
    return refused.getMessage();
  }
}
