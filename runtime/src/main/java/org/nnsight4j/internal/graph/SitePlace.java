package org.nnsight4j.internal.graph;

import java.util.function.BinaryOperator;
import java.util.function.UnaryOperator;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.tensor.Meta;

/**
 * What {@code set} on a value replaces: a site, or a part of one.
 *
 * @param site the site that is written
 * @param step the step of generation
 * @param invoker the invoker of the rows
 * @param scope the pass that the site belongs to
 * @param order the site's index in the forward pass
 * @param siteMeta what is known about the whole site
 * @param part which part of the site; null for all of it
 */
public record SitePlace(
    SiteKey site,
    AtStep step,
    int invoker,
    SiteScope scope,
    int order,
    Meta siteMeta,
    @Nullable Part part) {

  /**
   * A part of a site.
   *
   * @param take returns the part of (the whole)
   * @param merge returns the whole for (the whole, a new part)
   * @param text the index as the user wrote it
   */
  public record Part(
      UnaryOperator<RecordedValue<?>> take, BinaryOperator<RecordedValue<?>> merge, String text) {
    /** A part of this part. */
    Part then(Part inner) {
      return new Part(
          whole -> inner.take.apply(take.apply(whole)),
          (whole, value) -> merge.apply(whole, inner.merge.apply(take.apply(whole), value)),
          text + inner.text);
    }
  }

  SitePlace part(Part inner) {
    return new SitePlace(
        site, step, invoker, scope, order, siteMeta, part == null ? inner : part.then(inner));
  }

  @Override
  public String toString() {
    return part == null ? site.toString() : site + part.text;
  }
}
