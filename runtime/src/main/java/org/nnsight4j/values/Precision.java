package org.nnsight4j.values;

import java.util.List;
import java.util.stream.Collectors;
import org.nnsight4j.tensor.DType;

/**
 * The data types and the device of a run.
 *
 * @param weights the data types of the weights in their files
 * @param run the data type of everything that was computed
 * @param atUse whether matrices of another type stay in their files and are converted at each use;
 *     else they were converted when loaded
 * @param device the device, by PyTorch's name
 * @param format how the matrices of linear layers were kept
 */
public record Precision(
    List<DType> weights, DType run, boolean atUse, String device, WeightFormat format) {
  /** For a run that computed nothing. */
  public static final Precision NONE =
      new Precision(List.of(), DType.FLOAT32, false, "cpu", WeightFormat.AS_STORED);

  public Precision {
    weights = List.copyOf(weights);
  }

  @Override
  public String toString() {
    String types = weights.stream().map(DType::name).collect(Collectors.joining(" and "));
    String converted =
        weights.stream().allMatch(type -> type == run)
            ? ""
            : atUse ? ", converted at each use" : ", converted when loaded";
    String kept = format == WeightFormat.AS_STORED ? "" : ", linear layers rounded to " + format;
    return "%s on %s, weights %s%s%s".formatted(run, device, types, converted, kept);
  }
}
