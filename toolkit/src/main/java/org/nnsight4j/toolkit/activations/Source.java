package org.nnsight4j.toolkit.activations;

import java.util.Objects;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.arch.DenseMlp;
import org.nnsight4j.attach.SparseAutoencoder;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.values.Value;

/** Where units are: neurons of an MLP, features of an autoencoder, or the numbers of a place. */
sealed interface Source {
  /** How figures name it. */
  String name();

  /** What its units are called. */
  String unit();

  /**
   * {@code [batch, position, units]}.
   *
   * @param row which row of the run it is
   */
  Value<Axis> values(Invoker<?> invoker, int row);

  /**
   * What one unit of activation adds to the residual stream, {@code [1, 1, hidden]}; null if that
   * is not known.
   */
  @Nullable Value<Axis> direction(Invoker<?> invoker, int unit, int units);

  /** Neurons: the input of the down projection. */
  record Neurons(LanguageModel<?> model, int layer) implements Source {
    @Override
    public String name() {
      return "the MLP of " + Passes.layerNames(model).get(layer);
    }

    @Override
    public String unit() {
      return "Neuron";
    }

    @Override
    public Value<Axis> values(Invoker<?> invoker, int row) {
      Decoder view = Decoder.of(invoker.model());
      DenseMlp mlp =
          view.layer(layer)
              .denseMlp()
              .orElseThrow(
                  () ->
                      view.fail(
                          "layer %s has experts instead of one MLP, so its neurons do not run for all tokens; name a place by hook(...)"
                              .formatted(layer)));
      return Passes.any(mlp.neurons());
    }

    @Override
    public Value<Axis> direction(Invoker<?> invoker, int unit, int units) {
      Decoder view = Decoder.of(invoker.model());
      DecoderPlaces.Mlp mlp =
          Objects.requireNonNull(Passes.places(model).layers().get(layer).mlp());
      Value<Axis> one = Passes.any(view.logits().constant(oneHot(unit, units)));
      String down = mlp.output().module();
      return view.module(down).apply(one).sub(view.module(down).apply(one.mul(0)));
    }
  }

  /** The numbers of a vector for each token; of their directions nothing is known. */
  record Hook(String hook) implements Source {
    @Override
    public String name() {
      return hook;
    }

    @Override
    public String unit() {
      return "Number";
    }

    @Override
    public Value<Axis> values(Invoker<?> invoker, int row) {
      Decoder view = Decoder.of(invoker.model());
      Value<Axis> value = view.hook(hook);
      if (value.shape().rank() != 3) {
        throw view.fail(
            "%s has no vector for each token, its axes are %s; expected a place such as blocks.0.mlp.hook_post"
                .formatted(hook, value.shape()));
      }
      return value;
    }

    @Override
    public @Nullable Value<Axis> direction(Invoker<?> invoker, int unit, int units) {
      return null;
    }
  }

  /** Features of an autoencoder or transcoder. */
  record Features(SparseAutoencoder sae) implements Source {
    private static final String CALL = "toolkit_features";
    private static final String ONE = "toolkit_one_feature";
    private static final String NONE = "toolkit_no_feature";

    @Override
    public String name() {
      return sae.hook().orElse("its place");
    }

    @Override
    public String unit() {
      return "Feature";
    }

    @Override
    public Value<Axis> values(Invoker<?> invoker, int row) {
      invoker.call(CALL + row, sae, sae.input(Decoder.of(invoker.model())));
      return invoker.point(CALL + row + ".features");
    }

    @Override
    public Value<Axis> direction(Invoker<?> invoker, int unit, int units) {
      Value<Axis> input = sae.input(Decoder.of(invoker.model()));
      Value<Axis> one = invoker.call(ONE, sae, input);
      Value<Axis> none = invoker.call(NONE, sae, input);
      invoker.point(NONE + ".features").get("...").set(0);
      Value<Axis> features = invoker.point(ONE + ".features");
      features.set(features.constant(oneHot(unit, units)).as(Axis.class));
      return one.sub(none).as(Axis.class);
    }
  }

  private static Tensor oneHot(int unit, int units) {
    float[] numbers = new float[units];
    numbers[unit] = 1;
    return Tensor.of(numbers, 1, 1, units);
  }
}
