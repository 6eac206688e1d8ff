package org.nnsight4j.internal.graph;

import org.nnsight4j.error.ShapeException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.values.Value;

/** Records gradients, and their replacements. */
final class RecordedGradients {
  private final Recording recording;

  RecordedGradients(Recording recording) {
    this.recording = recording;
  }

  <A> Value<A> gradient(Value<?> scalar, RecordedValue<A> target) {
    Recording home = home(scalar, "gradient");
    if (home != recording) {
      // The gradient is with respect to the numbers that come from the earlier run.
      SourceLine line = home.begin("gradient");
      RecordedValue<A> own = home.arguments().own(target, "gradient", line);
      BridgedPaths.check(home, RecordedValue.of(scalar), target, line);
      return home.gradients().gradient(scalar, own);
    }
    SitePlace place = target.place();
    if (place != null && place.part() != null) {
      // The model computes nothing from the extracted part, so its own gradient would be 0.
      return this.<A>partOf(gradient(scalar, whole(target)), place.part());
    }
    SourceLine line = recording.begin("gradient");
    RecordedValue<?> number = scalar(scalar, target, "gradient", line);
    int targetNode = recording.arguments().node(target, "gradient", line);
    return recording.add(
        new Node.Gradient(recording.size(), number.id(), targetNode, line), target.meta(), null);
  }

  /** The gradients of an output in many directions. */
  <A> Value<A> gradients(Value<?> output, RecordedValue<A> target, Value<?> directions) {
    if (home(output, "gradients") != recording) {
      throw recording.fail(
          "gradients() are taken in the run of the output, %s is of an earlier run; gradient() of one number goes through both"
              .formatted(target.describe()),
          UserFrames.here());
    }
    SourceLine line = recording.begin("gradients");
    SitePlace place = target.place();
    if (place != null && place.part() != null) {
      throw recording.fail(
          "gradients() with respect to a part, of which the model computes nothing; take them with respect to the whole site, and get() the part of the result",
          line);
    }
    GradientRules.check(recording, RecordedValue.of(output), target, false, line);
    RecordedValue<?> from = recording.arguments().value(output, "gradients", line);
    RecordedValue<?> seeds = recording.arguments().value(directions, "gradients", line);
    int targetNode = recording.arguments().node(target, "gradients", line);
    Meta meta;
    try {
      meta = GradientRules.many(from.meta(), target.meta(), seeds.meta());
    } catch (ShapeException e) {
      throw recording.fail("gradients(): " + e.getMessage(), line);
    }
    return recording.add(
        new Node.Gradient(recording.size(), from.id(), targetNode, seeds.id(), line), meta, null);
  }

  /** The run of the number, if the target belongs to an earlier run. */
  private Recording home(Value<?> scalar, String what) {
    recording.arguments().given(scalar, what, UserFrames.here());
    Recording other = RecordedValue.of(scalar).recording();
    return recording.bridges().isBefore(other) ? other : recording;
  }

  @SuppressWarnings("unchecked")
  private <A> Value<A> partOf(Value<?> whole, SitePlace.Part part) {
    return (Value<A>) part.take().apply(RecordedValue.of(whole));
  }

  /** The read that a part of a site was taken from. */
  private RecordedValue<?> whole(RecordedValue<?> part) {
    RecordedValue<?> whole = part;
    while (recording.node(whole.id()) instanceof Node.Call call) {
      whole = recording.value(call.needs().get(0));
    }
    return whole;
  }

  void replace(Value<?> scalar, RecordedValue<?> target, Value<?> value) {
    if (home(scalar, "setGradient") != recording) {
      throw recording.fail(
          "setGradient() replaces the gradient at a module's input or output, from where it flows on; %s is of an earlier run, through which no gradient flows. Compute with the gradient itself: value.gradient(scalar)"
              .formatted(target.describe()),
          UserFrames.here());
    }
    SourceLine line = recording.begin("setGradient");
    RecordedValue<?> number = scalar(scalar, target, "setGradient", line);
    RecordedValue<?> gradient = recording.arguments().value(value, "setGradient", line);
    int targetNode = recording.arguments().node(target, "setGradient", line);
    if (!(target.place() != null && target.place().part() == null)) {
      throw recording.fail(
          "setGradient() replaces the gradient at a module's input or output, from where it flows on; this value is the result of %s. Call setGradient() on the site itself"
              .formatted(target.describe()),
          line);
    }
    if (gradient.moment().site() > number.moment().site()
        || gradient.moment().step() > number.moment().step()) {
      throw recording.fail(
          "the gradient written depends on a site after the scalar; gradients are taken when the"
              + " scalar exists, so it would come too late",
          line);
    }
    recording
        .writes()
        .checkWritable(
            "the gradient of " + target.describe(), target.meta(), gradient.meta(), line);
    recording.add(
        new Node.GradientWrite(recording.size(), number.id(), targetNode, gradient.id(), line),
        target.meta(),
        null);
  }

  /** The number that a gradient is taken of, if there is such a gradient. */
  private RecordedValue<?> scalar(
      Value<?> scalar, RecordedValue<?> target, String what, SourceLine line) {
    recording.arguments().given(scalar, what, line);
    GradientRules.check(recording, RecordedValue.of(scalar), target, true, line);
    return recording.arguments().value(scalar, what, line);
  }
}
