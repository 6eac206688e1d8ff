package org.nnsight4j.internal.graph;

import org.nnsight4j.family.SiteKey;
import org.nnsight4j.tensor.Meta;

/** What is known about the values at a model's sites, for the inputs of one graph. */
public interface SiteMetas {
  /** A site in the model's own pass, for the rows of one invoker. */
  Meta site(SiteKey site, int invoker, AtStep step);

  /**
   * What a module returns for an argument.
   *
   * @throws org.nnsight4j.error.ShapeException if it cannot be applied to it
   */
  Meta apply(String module, Meta argument);

  /** A site inside a module that is applied to an argument. */
  Meta siteInCall(SiteKey site, String module, Meta argument);

  /**
   * A parameter of the model.
   *
   * @throws org.nnsight4j.error.ShapeException if it has none of that name
   */
  Meta parameter(String name);

  /** The indices of a token in the rows of an invoker, {@code [batch]}. */
  Meta positions(int invoker, AtStep step);
}
