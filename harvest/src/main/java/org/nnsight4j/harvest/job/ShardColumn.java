package org.nnsight4j.harvest.job;

import java.util.List;
import org.nnsight4j.tensor.DType;

/**
 * A column of a harvest.
 *
 * @param name as in the files
 * @param per what has one value
 * @param dtype of its numbers
 * @param shape of one value; empty for a number
 * @param save the node of the graph that saves it
 */
public record ShardColumn(String name, Per per, DType dtype, List<Long> shape, int save) {
  /** What has one value in a column. */
  public enum Per {
    TOKEN,
    TEXT
  }

  public ShardColumn {
    shape = List.copyOf(shape);
  }

  /** How many numbers a value has. */
  public long width() {
    return shape.stream().reduce(1L, Math::multiplyExact);
  }

  @Override
  public String toString() {
    return "%s %s%s per %s".formatted(name, dtype, shape, per == Per.TOKEN ? "token" : "text");
  }
}
