package org.nnsight4j;

import java.util.function.Function;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.arch.Model;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.graph.RecordedValue;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.record.InvokerScope;
import org.nnsight4j.internal.record.PromptLengths;
import org.nnsight4j.internal.record.SiteShapes;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.values.Value;

/** Finds out which site a chain of proxies reads, with a recording that never runs. */
@NotUserCode
final class SiteOf {
  private SiteOf() {}

  /**
   * The site that a body reads.
   *
   * @throws RecordingException if the body does anything else
   */
  static <M> SiteKey reading(
      Blueprint blueprint, Model<M> root, Function<M, ? extends Value<?>> body) {
    Recording aside = new Recording(blueprint.architecture(), blueprint.widths(), blueprint::order);
    SiteShapes shapes = new SiteShapes(blueprint, new PromptLengths(aside::prompts));
    int invoker = aside.invoker(new Prompt.Whole());
    boolean described = !(root instanceof AnyModel);
    Value<?> value =
        body.apply(root.bind(new InvokerScope(blueprint, aside, shapes, invoker, described)));
    var nodes = aside.graph().nodes();
    if (value == null
        || RecordedValue.of(value).recording() != aside
        || nodes.size() != 1
        || !(nodes.get(0) instanceof Node.Read read)) {
      throw new RecordingException(
          Location.at(UserFrames.here()),
          "expected the read of one site and nothing else, as in model -> model.transformer().h(2).output(0)");
    }
    return read.site();
  }
}
