package org.nnsight4j.internal.record;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.internal.graph.AtStep;
import org.nnsight4j.internal.graph.SiteMetas;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.tensor.Meta;

/** The shapes at a blueprint's sites, as far as the lengths of the inputs are known. */
public final class SiteShapes implements SiteMetas {
  /** The lengths of the axes that depend on the inputs. */
  public interface Lengths {
    /**
     * The length of an axis, or {@link Dim#UNKNOWN}.
     *
     * @param axis batch, position or key
     */
    long of(String axis, int invoker, AtStep step);
  }

  private final Blueprint blueprint;
  private final Lengths lengths;

  public SiteShapes(Blueprint blueprint, Lengths lengths) {
    this.blueprint = blueprint;
    this.lengths = lengths;
  }

  @Override
  public Meta site(SiteKey site, int invoker, AtStep step) {
    Meta meta = spec(site).meta();
    List<Dim> axes = new ArrayList<>();
    for (Dim dim : meta.dims().axes()) {
      axes.add(sized(dim, invoker, step));
    }
    return new Meta(new Dims(axes), meta.dtype());
  }

  @Override
  public Meta parameter(String name) {
    long[] shape = blueprint.parameterShape(name);
    if (shape == null) {
      throw new ShapeException("this model has no parameter " + name);
    }
    return new Meta(Dims.of(shape), blueprint.type());
  }

  @Override
  public Meta positions(int invoker, AtStep step) {
    return new Meta(Dims.of(sized(Dim.unknown(Dim.BATCH), invoker, step)), DType.INT64);
  }

  private Dim sized(Dim dim, int invoker, AtStep step) {
    String name = dim.name();
    if (dim.is(Dim.TOKEN)) {
      return tokens(
          sized(Dim.unknown(Dim.BATCH), invoker, step),
          sized(Dim.unknown(Dim.POSITION), invoker, step));
    }
    boolean inputs = dim.is(Dim.BATCH) || dim.is(Dim.POSITION) || dim.is(Dim.KEY);
    return inputs && name != null ? new Dim(lengths.of(name, invoker, step), name) : dim;
  }

  /** The axis with the positions of all rows. */
  private static Dim tokens(Dim rows, Dim positions) {
    return rows.isKnown() && positions.isKnown()
        ? Dim.named(Dim.TOKEN, rows.size() * positions.size())
        : new Dim(Dim.UNKNOWN, Dim.TOKEN, Dim.product(rows.most(), positions.most()));
  }

  private SiteSpec spec(SiteKey site) {
    SiteSpec spec = blueprint.site(site);
    if (spec == null) {
      throw new ShapeException("this model has no site " + site);
    }
    return spec;
  }

  /** The leading axes of the argument, and the last axis of the module's output. */
  @Override
  public Meta apply(String module, Meta argument) {
    Meta input = spec(SiteKey.input(module)).meta();
    Meta output = spec(SiteKey.output(module)).meta();
    Dims found = argument.dims();
    boolean ids = !input.dtype().isFloating();
    Dim width = input.dims().get(-1);
    boolean whole = blueprint.attends(module);
    boolean fits =
        argument.dtype() == input.dtype()
            && (!whole || found.rank() == input.dims().rank())
            && (ids
                || (found.rank() > 0
                    && !(found.get(-1).isKnown() && found.get(-1).size() != width.size())));
    if (!fits) {
      throw new ShapeException(
          "%s is applied to %s, it needs %s"
              .formatted(
                  module,
                  argument,
                  ids
                      ? "token ids, INT64"
                      : "[%s, %s] %s"
                          .formatted(whole ? "batch, position" : "...", width, input.dtype())));
    }
    return new Meta(widened(found, ids, output.dims().get(-1)), output.dtype());
  }

  @Override
  public Meta siteInCall(SiteKey site, String module, Meta argument) {
    Meta meta = spec(site).meta();
    Dims found = argument.dims();
    boolean ids = !spec(SiteKey.input(module)).meta().dtype().isFloating();
    if (meta.dims().find(Dim.TOKEN) == 0) {
      Dim all = Dim.of(1);
      for (Dim dim : found.axes().subList(0, ids ? found.rank() : found.rank() - 1)) {
        all = tokens(all, dim);
      }
      List<Dim> axes = new ArrayList<>(meta.dims().axes());
      axes.set(0, all);
      return new Meta(new Dims(axes), meta.dtype());
    }
    if (!blueprint.attends(module)) {
      boolean sameIds = !meta.dtype().isFloating();
      Dims dims = sameIds ? found : widened(found, ids, meta.dims().get(-1));
      return new Meta(dims, meta.dtype());
    }
    List<Dim> axes = new ArrayList<>();
    for (Dim dim : meta.dims().axes()) {
      if (dim.is(Dim.BATCH)) {
        axes.add(found.get(0));
      } else if (dim.is(Dim.POSITION) || dim.is(Dim.KEY)) {
        axes.add(new Dim(found.get(1).size(), dim.name(), found.get(1).most()));
      } else {
        axes.add(dim);
      }
    }
    return new Meta(new Dims(axes), meta.dtype());
  }

  private static Dims widened(Dims argument, boolean ids, Dim width) {
    List<Dim> axes = new ArrayList<>(argument.axes());
    if (ids) {
      axes.add(width);
    } else {
      axes.set(axes.size() - 1, width);
    }
    return new Dims(axes);
  }
}
