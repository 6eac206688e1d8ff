package org.nnsight4j.harvest.parquet;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.apache.parquet.conf.PlainParquetConfiguration;
import org.apache.parquet.example.data.Group;
import org.apache.parquet.example.data.simple.SimpleGroup;
import org.apache.parquet.hadoop.ParquetWriter;
import org.apache.parquet.hadoop.example.ExampleParquetWriter;
import org.apache.parquet.hadoop.metadata.CompressionCodecName;
import org.apache.parquet.io.LocalOutputFile;
import org.apache.parquet.schema.MessageType;
import org.apache.parquet.schema.MessageTypeParser;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.harvest.DatasetRows;
import org.nnsight4j.harvest.DatasetRun;
import org.nnsight4j.harvest.HarvestResult;
import org.nnsight4j.harvest.job.DatasetRow;
import org.nnsight4j.harvest.job.RowSource;
import org.nnsight4j.harvest.job.RowSplit;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

final class ParquetShardsTest {
  private static final String STREAM = "blocks.1.hook_resid_post";

  @TempDir private Path folder;

  @ParameterizedTest
  @EnumSource(
      value = DType.class,
      names = {"FLOAT32", "FLOAT64", "FLOAT16"})
  void aTableHasTheBitsOfSafetensors(DType type) throws IOException {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      DatasetRun run =
          DatasetRun.of(
                  gpt2,
                  (invoker, columns) ->
                      columns
                          .hooks(type, STREAM)
                          .topK("next", invoker.model().lmHead().output(), 3))
              .over(DatasetRows.ids(ids()))
              .rowsPerSplit(4);
      HarvestResult plain = run.run(folder.resolve("plain"));
      DatasetRun tables = run.format("parquet");
      HarvestResult found = tables.run(folder.resolve("tables"));
      for (int shard = 0; shard < 2; shard++) {
        Map<String, Tensor> expected = plain.read(shard);
        Map<String, Tensor> table = found.read(shard);
        assertThat(table.keySet())
            .containsExactly(
                "row", "text", "position", "token_id", STREAM, "next.index", "next.value");
        table.forEach((name, tensor) -> assertThat(tensor).isEqualTo(expected.get(name)));
      }
      assertThat(tables.verify(folder.resolve("tables"), 4, 1)).isGreaterThan(0);
      assertThat(tables.run(folder.resolve("again")).digest()).isEqualTo(found.digest());
    }
  }

  private static List<long[]> ids() {
    return List.of(
        new long[] {3, 4, 5},
        new long[0],
        new long[] {7},
        new long[] {8, 9, 10},
        new long[] {2, 1});
  }

  /** Rows from Parquet are those from memory, through groups of rows and splits that cross them. */
  @Test
  void rowsOfParquet() throws IOException {
    Path file = folder.resolve("rows.parquet");
    List<long[]> ids = new ArrayList<>();
    for (int i = 0; i < 3000; i++) {
      ids.add(i % 700 == 3 ? new long[0] : new long[] {i % 50, i % 7});
    }
    MessageType type =
        MessageTypeParser.parseMessageType(
            "message rows { optional binary text (STRING); optional group ids (LIST) { repeated group list { required int32 element; } } }");
    try (ParquetWriter<Group> writer =
        ExampleParquetWriter.builder(new LocalOutputFile(file))
            .withConf(new PlainParquetConfiguration())
            .withType(type)
            .withRowGroupSize(4096L)
            .withMinRowCountForPageSizeCheck(100)
            .withCompressionCodec(CompressionCodecName.UNCOMPRESSED)
            .build()) {
      for (long[] row : ids) {
        Group group = new SimpleGroup(type);
        group.add("text", "Paris");
        Group list = group.addGroup("ids");
        for (long id : row) {
          list.addGroup("list").append("element", (int) id);
        }
        writer.write(group);
      }
    }
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      DatasetRun run =
          DatasetRun.of(
                  gpt2,
                  (invoker, columns) ->
                      columns.perText("last", invoker.model().transformer().h(0).output(0).at(-1)))
              .rowsPerSplit(900);
      HarvestResult given = run.over(DatasetRows.ids(ids)).run(folder.resolve("given"));
      HarvestResult read =
          run.over(ParquetRows.ids("ids", file)).format("parquet").run(folder.resolve("read"));
      assertThat(read.texts()).isEqualTo(given.texts());
      for (int shard = 0; shard < 4; shard++) {
        assertThat(read.read(shard).get("last")).isEqualTo(given.read(shard).get("last"));
        assertThat(read.read(shard).get("text_row")).isEqualTo(given.read(shard).get("text_row"));
      }
      assertThat(run.over(ParquetRows.texts("text", file)).job().rows()).isEqualTo(3000);
      assertThat(
              assertThrows(RunException.class, () -> run.over(ParquetRows.ids("text", file)).job()))
          .hasMessageThat()
          .contains("expected lists of token ids in the column 'text'");
      assertThat(
              assertThrows(RunException.class, () -> run.over(ParquetRows.ids("none", file)).job()))
          .hasMessageThat()
          .contains("expected the column 'none', found [text, ids]");
      DatasetRun both =
          DatasetRun.of(
                  gpt2,
                  (invoker, columns) ->
                      columns
                          .hooks(DType.FLOAT32, STREAM)
                          .perText("last", invoker.model().transformer().h(0).output(0).at(-1)))
              .over(DatasetRows.ids(ids))
              .format("parquet");
      assertThat(assertThrows(RunException.class, both::job))
          .hasMessageThat()
          .contains("make two harvests");
    }
    // Another machine may have another copy: the same rows, one of them changed.
    RowSource source = ParquetRows.ids("ids", file);
    RowSplit split = source.layout(900).splits().get(1);
    List<DatasetRow> rows = new ArrayList<>();
    source.read(split, rows::add);
    assertThat(rows).hasSize(900);
    Files.write(file, new byte[] {'P', 'A', 'R', '1'});
    assertThat(assertThrows(RunException.class, () -> source.read(split, rows::add)))
        .hasMessageThat()
        .contains("rows 900 to 1799 of the dataset are not those");
    byte[] lies = new byte[20];
    lies[15] = 127;
    Files.write(file, lies);
    assertThat(assertThrows(RunException.class, () -> source.read(split, rows::add)))
        .hasMessageThat()
        .contains("put the old one back, or begin a new harvest");
  }
}
