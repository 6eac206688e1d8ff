package org.nnsight4j.toolkit.attribution;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.toolkit.attribution.DirectLogitAttribution.Stream;
import org.nnsight4j.toolkit.attribution.DirectLogitAttribution.Written;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.FrozenNorm;
import org.nnsight4j.toolkit.internal.LinearModule;
import org.nnsight4j.toolkit.internal.Numbers;
import org.nnsight4j.toolkit.internal.Passes;
import org.nnsight4j.toolkit.internal.PromptTokens;
import org.nnsight4j.values.Saved;

/** Takes the parts of one position's residual stream along the direction of a logit. */
final class Decomposition {
  private final LanguageModel<?> model;
  private final DecoderPlaces places;
  private final List<Answer> answers;
  private final Stream stream;
  private double biases;

  Decomposition(LanguageModel<?> model, List<Answer> answers, Stream stream) {
    this.model = model;
    this.places = Passes.places(model);
    this.answers = answers;
    this.stream = stream;
  }

  DirectLogitAttributionResult result(PromptTokens prompt, int position) {
    double[] last = numbers(stream.last());
    double[] direction = direction(last);
    double[] tokens = numbers(stream.tokens());
    double[] positions = Numbers.minus(numbers(stream.embedded()), tokens);
    int layers = stream.layers().size();
    double[] attention = new double[layers];
    double[] mlp = new double[layers];
    List<double[]> heads = new ArrayList<>();
    List<double[]> neurons = new ArrayList<>();
    List<Inside> insides = insides(direction);
    for (int i = 0; i < layers; i++) {
      Written written = stream.layers().get(i);
      attention[i] = Numbers.dot(numbers(written.attention()), direction);
      mlp[i] = Numbers.dot(numbers(written.mlp()), direction);
      heads.add(insides.get(i).heads());
      neurons.add(insides.get(i).neurons());
    }
    double logit = stream.logits().value().item();
    DirectLogitAttributionResult result =
        new DirectLogitAttributionResult(
            prompt,
            position,
            answers,
            new DirectLogitAttributionResult.Parts(
                Numbers.dot(tokens, direction),
                Numbers.dot(positions, direction),
                attention,
                mlp,
                heads,
                neurons,
                biases,
                logit));
    check(result, logit);
    return result;
  }

  /** What a layer's attention and MLP are made of. */
  private record Inside(double[] heads, double[] neurons) {}

  private void check(DirectLogitAttributionResult result, double logit) {
    double size = 1 + Math.abs(logit);
    for (int i = 0; i < result.layerCount(); i++) {
      size += Math.abs(result.attention(i)) + Math.abs(result.mlp(i));
    }
    DType type = stream.last().value().dtype();
    double most = size * (type == DType.FLOAT32 || type == DType.FLOAT64 ? 1e-4 : 5e-2);
    if (!(Math.abs(result.error()) <= most)) {
      throw new RunException(
          "the parts add up to %s, the model's logit is %s: this model has a part that direct logit attribution does not know"
              .formatted(result.sum(), logit));
    }
  }

  private double[] direction(double[] last) {
    List<String> after = new ArrayList<>(places.last());
    String norm = after.isEmpty() ? null : after.remove(0);
    after.add(places.unembedding());
    LinearModule.Direction unembedding =
        LinearModule.unembedding(
            model, after, last.length, answers.get(0), answers.subList(1, answers.size()));
    biases += unembedding.bias();
    if (norm == null) {
      return unembedding.before();
    }
    FrozenNorm frozen = FrozenNorm.of(model, norm, last);
    biases += Numbers.dot(frozen.bias(), unembedding.before());
    return frozen.back(unembedding.before());
  }

  /** All layers with one question for each linear module. */
  private List<Inside> insides(double[] direction) {
    List<LinearModule.Question> questions = new ArrayList<>();
    for (int i = 0; i < stream.layers().size(); i++) {
      Written written = stream.layers().get(i);
      DecoderPlaces.Layer layer = places.layers().get(i);
      DecoderPlaces.Attention attention = layer.attention();
      questions.add(
          new LinearModule.Question(
              attention.projection(),
              attention.heads() * attention.headDim(),
              before(
                  layer.attentionOut().module(),
                  written.projected(),
                  written.attention(),
                  direction)));
      DecoderPlaces.Mlp mlp = layer.mlp();
      if (mlp != null && written.neurons() != null) {
        questions.add(
            new LinearModule.Question(
                mlp.output().module(),
                (int) written.neurons().value().shape(-1),
                before(layer.mlpOut().module(), written.down(), written.mlp(), direction)));
      }
    }
    List<LinearModule.Direction> directions = LinearModule.back(model, questions);
    List<Inside> insides = new ArrayList<>();
    int next = 0;
    for (int i = 0; i < stream.layers().size(); i++) {
      Written written = stream.layers().get(i);
      double[] heads =
          byHead(
              numbers(written.z()),
              directions.get(next++).before(),
              places.layers().get(i).attention().headDim());
      double[] neurons = new double[0];
      if (written.neurons() != null) {
        double[] before = directions.get(next++).before();
        neurons = numbers(written.neurons());
        for (int n = 0; n < neurons.length; n++) {
          neurons[n] *= before[n];
        }
      }
      insides.add(new Inside(heads, neurons));
    }
    return insides;
  }

  private static double[] byHead(double[] z, double[] direction, int headDim) {
    double[] heads = new double[z.length / headDim];
    for (int i = 0; i < z.length; i++) {
      heads[i / headDim] += z[i] * direction[i];
    }
    return heads;
  }

  /** The direction before the normalisation of what a half gives back, where there is one. */
  private double[] before(
      String module, @Nullable Saved<Axis> given, Saved<Axis> added, double[] direction) {
    double[] in = numbers(java.util.Objects.requireNonNull(given));
    double[] out = numbers(added);
    double difference = Numbers.norm(Numbers.minus(in, out));
    if (difference <= 1e-3 * (Numbers.norm(out) + 1e-6)) {
      return direction;
    }
    return FrozenNorm.of(model, module, in).back(direction);
  }

  private static double[] numbers(Saved<Axis> saved) {
    return Numbers.of(saved.value());
  }
}
