package org.nnsight4j.harvest.internal.rows;

import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import com.google.auto.service.AutoService;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.SortedMap;
import java.util.function.Consumer;
import org.nnsight4j.error.RunException;
import org.nnsight4j.harvest.job.DatasetRow;
import org.nnsight4j.harvest.job.RowSource;
import org.nnsight4j.harvest.job.RowSplit;
import org.nnsight4j.internal.json.StrictJson;

/**
 * One field of each line of JSON: a text, or a list of token ids.
 *
 * @param text whether it is a text
 */
public record JsonLines(List<Path> files, String field, boolean text) implements RowSource {
  private static final ObjectMapper MAPPER = StrictJson.mapper(100);
  private static final String FIELD = "field";
  private static final String TEXT = "text";

  /** The kind {@code jsonl}. */
  @AutoService(RowSource.Kind.class)
  public static final class Kind implements RowSource.Kind {
    @Override
    public String name() {
      return "jsonl";
    }

    @Override
    public RowSource open(SortedMap<String, String> settings) {
      return new JsonLines(
          FileList.read(settings),
          settings.getOrDefault(FIELD, ""),
          Boolean.parseBoolean(settings.get(TEXT)));
    }
  }

  public JsonLines {
    files = FileList.checked(files);
  }

  @Override
  public String kind() {
    return "jsonl";
  }

  @Override
  public SortedMap<String, String> settings() {
    SortedMap<String, String> settings = FileList.write(files);
    settings.put(FIELD, field);
    settings.put(TEXT, String.valueOf(text));
    return settings;
  }

  @Override
  public boolean isText() {
    return text;
  }

  @Override
  public Layout layout(int rowsPerSplit) throws IOException {
    return LineFile.layout(
        files, rowsPerSplit, "jsonl %s of %s".formatted(text ? "text" : "ids", field));
  }

  @Override
  public void read(RowSplit split, Consumer<DatasetRow> rows) throws IOException {
    Path file = files.get(split.file());
    LineFile.read(file, split, (row, line) -> rows.accept(row(file, row, line)));
  }

  private DatasetRow row(Path file, long row, String line) {
    JsonNode found = parsed(file, row, line).get(field);
    if (text && found != null && found.isTextual()) {
      return DatasetRow.of(row, found.textValue());
    }
    if (!text && found != null && found.isArray()) {
      long[] ids = new long[found.size()];
      for (int i = 0; i < ids.length; i++) {
        JsonNode id = found.get(i);
        if (!id.isIntegralNumber() || !id.canConvertToLong()) {
          throw new RunException(
              "%s: row %s: expected token ids in '%s', found %s".formatted(file, row, field, id));
        }
        ids[i] = id.longValue();
      }
      return DatasetRow.of(row, ids);
    }
    throw new RunException(
        "%s: row %s: expected %s in the field '%s', found %s"
            .formatted(
                file,
                row,
                text ? "a text" : "a list of token ids",
                field,
                found == null ? "no such field" : found.getNodeType()));
  }

  private static JsonNode parsed(Path file, long row, String line) {
    try {
      return MAPPER.readTree(line);
    } catch (JsonProcessingException e) {
      throw new RunException(
          "%s: row %s: expected a JSON object, found: %s"
              .formatted(file, row, e.getOriginalMessage()),
          e);
    }
  }
}
