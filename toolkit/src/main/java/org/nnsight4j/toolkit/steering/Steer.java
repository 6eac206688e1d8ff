package org.nnsight4j.toolkit.steering;

import java.util.List;
import java.util.function.Consumer;
import org.nnsight4j.Edit;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.toolkit.internal.Numbers;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.values.Value;

/**
 * What to do with a {@link SteeringVector} in a run: at the outputs of its layers, in the rows of
 * the invoker that it is recorded on.
 *
 * <pre>{@code
 * Steer happier = Steer.by(happy).layers(2).strength(4);
 * gpt2.generate(maxNewTokens(20), generator -> generator.invoke("I feel", happier::on));
 * }</pre>
 *
 * <p>A strength of 0 records nothing, so that the run has the same bits as without. Immutable.
 */
public final class Steer {
  /** How the direction {@code v} changes the stream {@code h}; {@code u = v / |v|}. */
  public enum Mode {
    /** {@code h + c v}. */
    ADD,
    /** {@code h + c |h| u}: as strong at each token as its own stream is long. */
    NORM_MATCH,
    /** {@code h + (c - <h, u>) u}: the part along the direction becomes {@code c}. */
    CLAMP
  }

  /** When it acts. */
  public enum Phase {
    /** At every step. */
    ALWAYS,
    /** At the tokens of the prompt; later tokens see them through their keys and values. */
    PROMPT,
    /** At the new tokens. */
    GENERATION
  }

  private final SteeringVector vector;
  private final List<Integer> layers;
  private final double strength;
  private final Mode mode;
  private final Phase phase;

  private Steer(
      SteeringVector vector, List<Integer> layers, double strength, Mode mode, Phase phase) {
    this.vector = vector;
    this.layers = List.copyOf(layers);
    this.strength = strength;
    this.mode = mode;
    this.phase = phase;
  }

  /** Adds all directions once, always. */
  public static Steer by(SteeringVector vector) {
    return new Steer(vector, vector.layers(), 1, Mode.ADD, Phase.ALWAYS);
  }

  /** Only at these layers, of which the vector has directions. */
  public Steer layers(int... some) {
    if (some.length == 0) {
      throw new RunException("expected a layer or more, found none");
    }
    List<Integer> chosen = java.util.Arrays.stream(some).sorted().distinct().boxed().toList();
    chosen.forEach(vector::direction);
    return new Steer(vector, chosen, strength, mode, phase);
  }

  /** The factor {@code c}; negative numbers steer the other way. */
  public Steer strength(double c) {
    if (!Double.isFinite(c)) {
      throw new RunException("expected a finite strength, found " + c);
    }
    return new Steer(vector, layers, c, mode, phase);
  }

  /** Another way to change the stream. */
  public Steer mode(Mode other) {
    return new Steer(vector, layers, strength, other, phase);
  }

  /** Only at some steps. */
  public Steer phase(Phase other) {
    return new Steer(vector, layers, strength, mode, other);
  }

  double strength() {
    return strength;
  }

  /**
   * Records the change on an invoker's rows.
   *
   * @throws org.nnsight4j.error.RecordingException if the model lacks a layer, or has another width
   * @throws RunException if the vector is for another type of model
   */
  public void on(Invoker<?> invoker) {
    if (isNothing()) {
      return;
    }
    onCaptured(invoker);
  }

  private <M> void onCaptured(Invoker<M> invoker) {
    Consumer<M> record = model -> record(Decoder.of(model));
    switch (phase) {
      case ALWAYS -> invoker.allSteps().forEach(record);
      case PROMPT -> record.accept(invoker.model());
      case GENERATION -> invoker.steps(1, Integer.MAX_VALUE).forEach(record);
    }
  }

  /**
   * The change as an edit of a model, for all rows of all its runs.
   *
   * @throws RunException if it acts in one phase only; an edit acts at every step
   */
  public Edit edit(LanguageModel<?> model) {
    if (phase != Phase.ALWAYS) {
      throw new RunException(
          "an edit acts at every step, and this acts in the phase %s; record it on an invoker by on(invoker)"
              .formatted(phase));
    }
    return editOf(model);
  }

  private <M> Edit editOf(LanguageModel<M> model) {
    return model.edit(
        invoker -> {
          if (!isNothing()) {
            record(Decoder.of(invoker.model()));
          }
        });
  }

  private boolean isNothing() {
    return strength == 0 && mode != Mode.CLAMP;
  }

  private void record(Decoder view) {
    vector.requireFits(view);
    for (int layer : layers) {
      Value<Axis> stream = Passes.any(view.layer(layer).output());
      stream.set(changed(stream, vector.direction(layer)));
    }
  }

  private Value<Axis> changed(Value<Axis> stream, double[] direction) {
    if (mode == Mode.ADD) {
      return stream.add(stream.constant(Numbers.tensor(Numbers.times(direction, strength))));
    }
    double norm = Numbers.norm(direction);
    if (norm == 0) {
      throw new RunException("a direction of zeros has no unit vector; " + mode + " needs one");
    }
    Value<Axis> unit = stream.constant(Numbers.tensor(Numbers.times(direction, 1 / norm)));
    Value<Axis> size =
        mode == Mode.NORM_MATCH
            ? stream.norm(-1, true).mul(strength)
            : stream.mul(unit).sum(-1, true).neg().add(strength);
    return stream.add(unit.mul(size));
  }
}
