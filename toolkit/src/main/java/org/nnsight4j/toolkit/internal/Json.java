package org.nnsight4j.toolkit.internal;

import com.fasterxml.jackson.databind.node.ArrayNode;
import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.util.List;

/** Results as JSON. */
public final class Json {
  private Json() {}

  /** An object whose first field names the analysis. */
  public static ObjectNode of(String analysis) {
    return JsonNodeFactory.instance.objectNode().put("analysis", analysis);
  }

  public static ArrayNode strings(List<String> texts) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    texts.forEach(array::add);
    return array;
  }

  /** Numbers; what is not finite becomes null, which JSON has. */
  public static ArrayNode numbers(double... values) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (double value : values) {
      if (Double.isFinite(value)) {
        array.add(value);
      } else {
        array.addNull();
      }
    }
    return array;
  }

  public static ArrayNode matrix(double[][] rows) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (double[] row : rows) {
      array.add(numbers(row));
    }
    return array;
  }

  public static ArrayNode cube(double[][][] matrices) {
    ArrayNode array = JsonNodeFactory.instance.arrayNode();
    for (double[][] matrix : matrices) {
      array.add(matrix(matrix));
    }
    return array;
  }
}
