package org.nnsight4j.harvest;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Invoker;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.attach.Attachment;
import org.nnsight4j.attach.LinearProbe;
import org.nnsight4j.attach.SparseAutoencoder;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.harvest.job.ShardColumn;
import org.nnsight4j.harvest.job.ShardContents;
import org.nnsight4j.internal.graph.SavedValue;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Ordered;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/**
 * What a harvest keeps of each token or text. What is computed from a value in the run, such as a
 * projection or the strongest features, is many times smaller than the value, and so are its files.
 *
 * @param <M> the descriptor of the model
 */
public final class Columns<M> {
  private static final Set<String> INDEX =
      Set.of(
          ShardContents.ROW,
          ShardContents.TEXT,
          ShardContents.POSITION,
          ShardContents.TOKEN_ID,
          ShardContents.TEXT_ROW,
          ShardContents.TEXT_LENGTH);

  private final Invoker<M> invoker;
  private final Map<String, ShardColumn> columns = new LinkedHashMap<>();
  private @Nullable Saved<?> keep;

  Columns(Invoker<M> invoker) {
    this.invoker = invoker;
  }

  /**
   * One value for each token.
   *
   * @param value {@code [batch, position, ...]}, whose other axes have known lengths
   */
  public Columns<M> perToken(String name, Value<?> value) {
    return add(name, value, ShardColumn.Per.TOKEN, 2);
  }

  /**
   * One value for each text, such as a value at its last token.
   *
   * @param value {@code [batch, ...]}, whose other axes have known lengths
   */
  public Columns<M> perText(String name, Value<?> value) {
    return add(name, value, ShardColumn.Per.TEXT, 1);
  }

  /**
   * Values of each token at hooks of TransformerLens or modules of Hugging Face, heads side by
   * side, each a column of that name.
   *
   * @param dtype the type in the files, a floating-point one
   */
  public Columns<M> hooks(DType dtype, String... names) {
    if (!dtype.isFloating()) {
      throw fail(
          "hooks: expected a floating-point type for the files, found %s, which would cut off what comes after the point"
              .formatted(dtype));
    }
    Decoder view = Decoder.of(invoker.model());
    for (String name : names) {
      Value<Axis> value = view.hook(name);
      int rank = value.shape().rank();
      if (name.endsWith("pattern") || name.endsWith("scores") || rank < 3 || rank > 4) {
        throw view.fail(
            "%s has no vector for each token, its axes are %s; expected a place such as blocks.0.hook_resid_post"
                .formatted(name, value.shape()));
      }
      Value<Axis> flat = rank == 3 ? value : value.swapAxes(1, 2).flatten(2, 3);
      perToken(name, flat.dtype() == dtype ? flat : flat.toType(dtype));
    }
    return this;
  }

  /**
   * The product of each token's vector with directions.
   *
   * @param directions {@code [direction, width]}
   */
  public Columns<M> projection(String name, Value<?> value, Tensor directions) {
    Attachment product =
        (input, points) -> input.matMul(points.<Axis>constant(directions).transpose());
    return perToken(name, invoker.call(name, product, value));
  }

  /** The logits of a probe for each token. */
  public Columns<M> probe(String name, Value<?> value, LinearProbe probe) {
    return perToken(name, invoker.call(name, probe, value));
  }

  /**
   * The strongest features of each token, as {@code name.index} and {@code name.value}, the
   * strongest first.
   */
  public Columns<M> features(String name, Value<?> value, SparseAutoencoder sae, int count) {
    var unused = invoker.call(name, sae, value);
    return topK(name, invoker.point(name + ".features"), count);
  }

  /** The largest numbers of each token's vector, as {@code name.index} and {@code name.value}. */
  public Columns<M> topK(String name, Value<?> value, int count) {
    Ordered.TopK best = value.topK(count, -1);
    return perToken(name + ".index", best.indices()).perToken(name + ".value", best.values());
  }

  /**
   * Keeps only the tokens for which this is true; columns of texts keep all texts.
   *
   * @param mask truth values, {@code [batch, position]}
   */
  public Columns<M> keep(Value<?> mask) {
    if (mask.dtype() != DType.BOOL || mask.shape().rank() != 2) {
      throw fail(
          "keep: expected truth values [batch, position], found %s %s"
              .formatted(mask.dtype(), mask.shape()));
    }
    if (keep != null) {
      throw fail("keep: which tokens are kept was said before; combine both by logicalAnd");
    }
    keep = mask.save();
    return this;
  }

  private Columns<M> add(String name, Value<?> value, ShardColumn.Per per, int axes) {
    if (name.isBlank() || INDEX.contains(name) || columns.containsKey(name)) {
      throw fail(
          "column '%s': expected a name of its own, other than those of the index, %s"
              .formatted(name, INDEX.stream().sorted().toList()));
    }
    List<Long> shape = new ArrayList<>();
    int rank = value.shape().rank();
    for (int axis = 0; axis < rank; axis++) {
      Dim dim = value.shape().get(axis);
      boolean open = !dim.isKnown();
      if (axis < axes ? dim.isKnown() : open) {
        throw wrongAxes(name, value, per);
      }
      if (axis == 1 && per == ShardColumn.Per.TOKEN && dim.is(Dim.KEY)) {
        throw wrongAxes(name, value, per);
      }
      if (axis >= axes) {
        shape.add(dim.size());
      }
    }
    if (rank < axes) {
      throw wrongAxes(name, value, per);
    }
    int save = SavedValue.of(value.save()).id();
    columns.put(name, new ShardColumn(name, per, value.dtype(), shape, save));
    return this;
  }

  private RecordingException wrongAxes(String name, Value<?> value, ShardColumn.Per per) {
    return fail(
        "column '%s': expected %s and axes of known lengths, found %s; %s"
            .formatted(
                name,
                per == ShardColumn.Per.TOKEN ? "[batch, position]" : "[batch]",
                value.shape(),
                per == ShardColumn.Per.TOKEN
                    ? "perText(...) is for one value of each text"
                    : "perToken(...) is for one value of each token"));
  }

  private RecordingException fail(String message) {
    return new RecordingException(message);
  }

  List<ShardColumn> all() {
    if (columns.isEmpty()) {
      throw new RunException("the harvest keeps nothing: expected a column or more");
    }
    return List.copyOf(columns.values());
  }

  /** The node that saves which tokens are kept, or -1. */
  int kept() {
    return keep == null ? -1 : SavedValue.of(keep).id();
  }
}
