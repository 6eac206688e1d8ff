package org.nnsight4j.toolkit.figure;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;

/** What the script of a heatmap's page needs to tell the number of a cell. */
final class HeatmapData {
  private final Heatmap heatmap;
  private final SvgPicture picture;

  HeatmapData(Heatmap heatmap, SvgPicture picture) {
    this.heatmap = heatmap;
    this.picture = picture;
  }

  ObjectNode json() {
    ObjectNode data = JsonNodeFactory.instance.objectNode();
    heatmap.rows().forEach(row -> data.withArray("rows").add(row.name()));
    heatmap.columns().forEach(data.withArray("columns")::add);
    ArrayNode lefts = data.putArray("lefts");
    for (int end : picture.columnEnds()) {
      lefts.add(end);
    }
    ArrayNode tops = data.putArray("tops");
    for (int end : picture.rowEnds()) {
      tops.add(end);
    }
    String unit = heatmap.scale().unit();
    data.put("unit", unit.isEmpty() ? "" : " " + unit);
    if (heatmap.rows().size() * heatmap.columns().size() <= SvgPicture.WITH_HINTS) {
      exact(data);
    } else {
      rounded(data);
    }
    return data;
  }

  private void exact(ObjectNode data) {
    ArrayNode values = data.putArray("values");
    ArrayNode hints = data.putArray("hints");
    for (Heatmap.Row row : heatmap.rows()) {
      ArrayNode numbers = values.addArray();
      ArrayNode texts = hints.addArray();
      for (Cell cell : row.cells()) {
        numbers.add(Scale.number(cell.value()));
        texts.add(cell.hint());
      }
    }
  }

  private void rounded(ObjectNode data) {
    double low = Double.POSITIVE_INFINITY;
    double high = Double.NEGATIVE_INFINITY;
    for (Heatmap.Row row : heatmap.rows()) {
      for (Cell cell : row.cells()) {
        if (Double.isFinite(cell.value())) {
          low = Math.min(low, cell.value());
          high = Math.max(high, cell.value());
        }
      }
    }
    data.put("low", low > high ? 0 : low).put("high", low > high ? 1 : high);
    StringBuilder levels = new StringBuilder();
    for (Heatmap.Row row : heatmap.rows()) {
      for (Cell cell : row.cells()) {
        levels.append(Level.of(cell.value(), low, high));
      }
    }
    data.put("levels", levels.toString());
  }
}
