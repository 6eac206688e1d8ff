package org.nnsight4j.toolkit.internal;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Value;

/**
 * What each head of a layer adds to the residual stream. A bias of the projection is shared evenly,
 * and a normalisation of what attention gives back (Gemma 2, OLMo 2) has the scale that it had in
 * this run, so that all heads together are what attention added.
 */
public final class HeadWrites {
  /** A power of two, large beside any epsilon. */
  private static final float LARGE = 1024;

  private final LanguageModel<?> model;
  private final Decoder view;
  private final DecoderPlaces.Layer places;
  private final int layer;

  public HeadWrites(LanguageModel<?> model, Decoder view, int layer) {
    this.model = model;
    this.view = view;
    this.places = Passes.places(model).layers().get(layer);
    this.layer = layer;
  }

  /**
   * The writes of some rows.
   *
   * @param rows as an index, for example {@code 2:4}
   * @return {@code [row, head, position, hidden]}
   */
  public Value<Axis> of(String rows) {
    return written(rows, 1.0 / places.attention().heads());
  }

  /** {@link #of} without the projection's bias. */
  public Value<Axis> withoutBias(String rows) {
    return written(rows, 0);
  }

  private Value<Axis> written(String rows, double share) {
    int heads = places.attention().heads();
    Value<Axis> z = Passes.any(view.layer(layer).attention().z()).get(rows);
    Value<Axis> alone = alone(z, heads);
    Value<Axis> written = projected(alone);
    Value<Axis> bias = projected(alone.get("0:1, 0:1, 0:1").mul(0));
    written = written.sub(bias.mul(1 - share));
    String norm = norm();
    return norm == null ? written : frozen(norm, written, bias.mul(1 - share * heads), rows);
  }

  /** Each head's {@code z} beside zeros: {@code [row, head, position, heads * head_dim]}. */
  private static Value<Axis> alone(Value<Axis> z, int heads) {
    float[] eye = new float[heads * heads];
    for (int head = 0; head < heads; head++) {
      eye[head * heads + head] = 1;
    }
    Value<Axis> own = z.constant(Tensor.of(eye, heads, 1, heads, 1)).toType(z.dtype());
    return z.transpose(0, 2, 1, 3).expandDims(1).mul(own).flatten(-2, -1);
  }

  private Value<Axis> projected(Value<Axis> mixed) {
    return view.module(places.attention().projection()).apply(mixed);
  }

  /** The module that normalises what attention gives back; null if there is none. */
  private @Nullable String norm() {
    String given = places.attentionOut().module();
    String projection = places.attention().projection();
    boolean within = projection.equals(given) || projection.startsWith(given + ".");
    // Others come after attention without weights, such as dropout.
    boolean weighted = model.blueprint().parameterNames().contains(given + ".weight");
    return within || !weighted ? null : given;
  }

  /**
   * {@code written * w / s}, with the scale {@code s} of all heads and {@code missing} together.
   */
  private Value<Axis> frozen(String norm, Value<Axis> written, Value<Axis> missing, String rows) {
    Value<Axis> all = written.sum(1).add(missing.squeeze(1));
    float[] large = new float[(int) view.parameter(norm + ".weight").shape().get(0).size()];
    Arrays.fill(large, LARGE);
    Value<Axis> weight =
        view.module(norm)
            .apply(written.constant(Tensor.of(large, 1, 1, large.length)).toType(written.dtype()));
    Value<Axis> normed = Passes.any(view.layer(layer).attentionOut()).get(rows);
    Value<Axis> weighted = all.mul(weight);
    Value<Axis> scale =
        weighted.mul(normed).sum(-1, true).div(weighted.mul(weighted).sum(-1, true));
    return written.mul(weight).mul(scale.expandDims(1));
  }
}
