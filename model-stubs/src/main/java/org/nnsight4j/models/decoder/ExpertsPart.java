package org.nnsight4j.models.decoder;

import ai.djl.ndarray.NDArray;
import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.checkpoint.StoredNames;
import org.nnsight4j.engine.Experts;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.engine.Router;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.models.decoder.ExpertsMlp.Apart;
import org.nnsight4j.models.decoder.ExpertsMlp.Stacked;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/** Experts and their router. */
final class ExpertsPart extends Part.Composite {
  private final ExpertsMlp spec;
  private final int hidden;
  private final boolean tuple;

  ExpertsPart(String path, ExpertsMlp spec, Sizes sizes) {
    super(path, spec.type());
    this.spec = spec;
    this.hidden = sizes.hidden();
    this.tuple = spec.experts().storage() instanceof Stacked;
  }

  ExpertsMlp spec() {
    return spec;
  }

  /** Whether the output also has the scores of the router. */
  @Override
  boolean isTuple() {
    return tuple;
  }

  /** The width of its input and output. */
  int hidden() {
    return hidden;
  }

  String router() {
    return below(spec.router().name());
  }

  String experts() {
    return below(spec.experts().name());
  }

  /** The shape of all positions of all rows, with a width. */
  private static Dims tokens(String axis, int width) {
    return Dims.of(Dim.unknown(Dim.TOKEN), Dim.named(axis, width));
  }

  Dims tokens() {
    return tokens("hidden", hidden);
  }

  Dims logits() {
    return tokens("experts", spec.router().experts());
  }

  Dims chosen() {
    return tokens("chosen", spec.router().chosen());
  }

  @Override
  void parameters(Blueprint.Builder tree) {
    ExpertsMlp.Router router = spec.router();
    tree.parameter(router() + ".weight", router.experts(), hidden);
    if (router.bias()) {
      tree.parameter(router() + ".bias", router.experts());
    }
    int width = spec.experts().width();
    if (spec.experts().storage() instanceof Apart apart) {
      for (int expert = 0; expert < router.experts(); expert++) {
        tree.parameter(matrix(expert, apart.gate()), width, hidden)
            .parameter(matrix(expert, apart.up()), width, hidden)
            .parameter(matrix(expert, apart.down()), hidden, width)
            .part(matrix(expert, apart.gate()), inBoth(2 * expert))
            .part(matrix(expert, apart.up()), inBoth(2 * expert + 1))
            .part(matrix(expert, apart.down()), inDown(expert));
      }
    } else {
      int all = router.experts();
      tree.parameter(experts() + ".gate_up_proj", all, hidden, 2 * width)
          .parameter(experts() + ".gate_up_proj_bias", all, 2 * width)
          .parameter(experts() + ".down_proj", all, width, hidden)
          .parameter(experts() + ".down_proj_bias", all, hidden);
    }
  }

  /** Where transformers 5 has a gate, or what it lets through: all experts in one array. */
  private StoredNames.Part inBoth(int which) {
    long width = spec.experts().width();
    return new StoredNames.Part(
        experts() + ".gate_up_proj",
        List.of((long) spec.router().experts(), 2 * width, (long) hidden),
        which * width * hidden);
  }

  private StoredNames.Part inDown(int expert) {
    long width = spec.experts().width();
    return new StoredNames.Part(
        experts() + ".down_proj",
        List.of((long) spec.router().experts(), (long) hidden, width),
        expert * width * hidden);
  }

  private String matrix(int expert, String name) {
    return "%s.%s.%s.weight".formatted(experts(), expert, name);
  }

  Router router(Parts parts) {
    ExpertsMlp.Router router = spec.router();
    return new Router(parts, router(), router.choice(), router.chosen(), router.bias());
  }

  Experts experts(Parts parts) {
    if (spec.experts().storage() instanceof Apart apart) {
      return new Experts(
          parts,
          experts(),
          new Experts.Gated(
              matrices(parts, apart.gate()),
              matrices(parts, apart.up()),
              matrices(parts, apart.down()),
              apart.function()));
    }
    Stacked stacked = (Stacked) spec.experts().storage();
    return new Experts(
        parts,
        experts(),
        new Experts.Clamped(
            parts.stored(experts() + ".gate_up_proj"),
            parts.stored(experts() + ".gate_up_proj_bias"),
            parts.stored(experts() + ".down_proj"),
            parts.stored(experts() + ".down_proj_bias"),
            stacked.alpha(),
            stacked.limit()));
  }

  private List<NDArray> matrices(Parts parts, String name) {
    return IntStream.range(0, spec.router().experts())
        .mapToObj(expert -> parts.stored(matrix(expert, name)))
        .toList();
  }

  @Override
  <T> T forward(Flow<T> flow, T input) {
    return flow.withExperts(this, input);
  }
}
