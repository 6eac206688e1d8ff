package org.nnsight4j.internal.graph;

import org.nnsight4j.error.SourceLine;
import org.nnsight4j.values.Value;

/** Records gradients, and what replaces them. */
final class Gradients {
  private final Recording recording;

  Gradients(Recording recording) {
    this.recording = recording;
  }

  <A> Value<A> gradient(Value<?> scalar, Value<A> target) {
    Place place = target.place();
    if (place != null && place.part() != null) {
      // Nothing is computed from the part that was taken aside, so its own gradient would be 0.
      return this.<A>partOf(gradient(scalar, whole(target)), place.part());
    }
    SourceLine line = recording.begin("gradient");
    int scalarNode = recording.arguments().node(scalar, "gradient", line);
    int targetNode = recording.arguments().node(target, "gradient", line);
    GradientRules.check(recording, scalar, target, line);
    return recording.add(
        new Node.Gradient(recording.size(), scalarNode, targetNode, line), target.meta(), null);
  }

  @SuppressWarnings("unchecked")
  private <A> Value<A> partOf(Value<?> whole, Place.Part part) {
    return (Value<A>) part.take().apply(whole);
  }

  /** The read that a part of a site was taken from. */
  private Value<?> whole(Value<?> part) {
    Value<?> whole = part;
    while (recording.node(whole.node()) instanceof Node.Call call) {
      whole = recording.value(call.needs().get(0));
    }
    return whole;
  }

  void replace(Value<?> scalar, Value<?> target, Value<?> value) {
    SourceLine line = recording.begin("setGradient");
    int scalarNode = recording.arguments().node(scalar, "setGradient", line);
    int valueNode = recording.arguments().node(value, "setGradient", line);
    int targetNode = recording.arguments().node(target, "setGradient", line);
    GradientRules.check(recording, scalar, target, line);
    if (!(target.place() != null && target.place().part() == null)) {
      throw recording.fail(
          "setGradient() replaces the gradient at a module's input or output, from where it flows on; this value is the result of %s. Call setGradient() on the site itself"
              .formatted(target.describe()),
          line);
    }
    if (value.moment().site() > scalar.moment().site()
        || value.moment().step() > scalar.moment().step()) {
      throw recording.fail(
          "the gradient written depends on a site after the scalar; gradients are taken when the scalar exists, so it would come too late",
          line);
    }
    recording
        .writes()
        .checkWritable("the gradient of " + target.describe(), target.meta(), value.meta(), line);
    recording.add(
        new Node.GradientWrite(recording.size(), scalarNode, targetNode, valueNode, line),
        target.meta(),
        null);
  }
}
