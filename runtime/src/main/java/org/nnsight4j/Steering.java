package org.nnsight4j;

import java.util.List;
import org.nnsight4j.attach.ControlVector;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.graph.Loops;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.record.InvokerScope;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Value;

/** Records a control vector: an addition to the output of each of its layers. */
@NotUserCode
final class Steering {
  private final InvokerScope scope;
  private final Recording recording;
  private final ControlVector vector;
  private final List<DecoderPlaces.Layer> layers;

  Steering(InvokerScope scope, ControlVector vector) {
    this.scope = scope;
    this.recording = scope.recording();
    this.vector = vector;
    this.layers = scope.decoder().layers();
  }

  void record() {
    if (scope.step() > 0 && !recording.inLoop()) {
      throw fail(
          "a control vector acts at every step, and this invoker is at step %s; add it before next() or step(n), or in steps(from, to).forEach(...) for these steps alone"
              .formatted(scope.step()));
    }
    int last = vector.directions().lastKey();
    if (last >= layers.size()) {
      throw fail(
          "it has a direction for layer %s, and this model has layers 0 to %s; is it of another model%s? layers(first, last) leaves some out"
              .formatted(
                  last,
                  layers.size() - 1,
                  vector.modelType().isEmpty()
                      ? ""
                      : ", of the type '" + vector.modelType() + "'"));
    }
    if (recording.inLoop()) {
      recordAll();
      return;
    }
    Object done =
        new Loops(recording, 0, StepRange.OPEN)
            .each(
                () -> {
                  recordAll();
                  return this;
                });
    assert done == this;
  }

  private void recordAll() {
    vector
        .directions()
        .forEach(
            (layer, direction) -> {
              Value<Axis> output = scope.read(SiteKey.output(layers.get(layer).module()));
              output.set(output.add(recording.constant(direction)));
            });
  }

  private RuntimeException fail(String message) {
    SourceLine here = UserFrames.here();
    return recording.fail("add(vector): " + message, here);
  }
}
