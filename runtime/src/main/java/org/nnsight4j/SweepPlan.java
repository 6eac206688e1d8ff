package org.nnsight4j;

import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Optional;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.arch.Decoder;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.internal.graph.RecordedValue;
import org.nnsight4j.internal.graph.SavedValue;
import org.nnsight4j.internal.request.Backend;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.request.RunKind;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.internal.sweep.SweepLayout;
import org.nnsight4j.internal.sweep.SweepSpec;
import org.nnsight4j.internal.wire.ModelIdentity;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.sweep.SweepLogits;
import org.nnsight4j.sweep.SweepMetric;
import org.nnsight4j.sweep.SweepProgress;
import org.nnsight4j.sweep.SweepReport;
import org.nnsight4j.sweep.SweepResult;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** A {@link Sweep} that is ready to run, as often as one likes. */
@NotUserCode
public final class SweepPlan {
  private final LanguageModel<?> model;
  private final Sweep.Prompts prompts;
  private final SweepSpec spec;
  private final @Nullable Tensor vector;
  private final boolean noise;
  private final Map<String, SweepMetric> metrics;
  private final SweepReport report;
  private final int longest;

  private SweepPlan(
      LanguageModel<?> model,
      Sweep.Prompts prompts,
      SweepSpec spec,
      @Nullable Tensor vector,
      boolean noise,
      Map<String, SweepMetric> metrics) {
    this.model = model;
    this.prompts = prompts;
    this.spec = spec;
    this.vector = vector;
    this.noise = noise;
    this.metrics = metrics;
    SweepSpec checked = vector == null ? spec : withVector(spec, 0);
    SweepLayout layout = new SweepLayout(checked, model.blueprint(), base(), source());
    this.report = layout.report();
    this.longest = layout.longest();
  }

  static SweepPlan of(
      LanguageModel<?> model,
      Sweep.Prompts prompts,
      SweepSpec spec,
      @Nullable Tensor vector,
      boolean noise,
      Map<String, SweepMetric> metrics) {
    return new SweepPlan(model, prompts, spec, vector, noise, metrics);
  }

  private static SweepSpec withVector(SweepSpec spec, int node) {
    return new SweepSpec(
        spec.sites(),
        spec.layers(),
        spec.positions(),
        spec.heads(),
        spec.action(),
        spec.strengths(),
        node,
        spec.maxBytes());
  }

  List<long[]> base() {
    return noise ? prompts.clean() : prompts.corrupted();
  }

  List<long[]> source() {
    return noise ? prompts.corrupted() : prompts.clean();
  }

  boolean isNoise() {
    return noise;
  }

  SweepSpec spec() {
    return spec;
  }

  @Nullable Tensor vector() {
    return vector;
  }

  Map<String, SweepMetric> metrics() {
    return metrics;
  }

  int longest() {
    return longest;
  }

  /** What the sweep will compute. */
  public SweepReport report() {
    return report;
  }

  /**
   * Runs the sweep.
   *
   * @throws org.nnsight4j.error.RunException if it fails
   */
  public SweepResult run() {
    return run(SweepProgress.NONE);
  }

  /**
   * Runs the sweep, and tells how far it is; a sweep at a server tells nothing until it is over.
   *
   * @throws org.nnsight4j.error.RunException if it fails
   */
  public SweepResult run(SweepProgress progress) {
    Objects.requireNonNull(progress, "the progress is null; there is SweepProgress.NONE");
    return run(model, progress);
  }

  private <M> SweepResult run(LanguageModel<M> of, SweepProgress progress) {
    Recorded recorded = recorded(of);
    List<Result> results = new ArrayList<>();
    of.backend()
        .run(
            List.of(recorded.run()),
            new Backend.Completion() {
              @Override
              public void over(int run, Optional<Result> result) {
                result.ifPresent(results::add);
              }

              @Override
              public void passing(int run, int pass, int most) {
                progress.at(pass, most);
              }
            });
    Result result = results.get(0);
    Map<String, SweepResult.Numbers> numbers = new LinkedHashMap<>();
    recorded
        .saved()
        .forEach(
            (name, save) -> {
              Map<Integer, Tensor> steps = Objects.requireNonNull(result.saved().get(save), name);
              Tensor own = Objects.requireNonNull(steps.get(SweepSpec.BASE));
              Tensor other = Objects.requireNonNull(steps.get(SweepSpec.SOURCE));
              numbers.put(name, numbers(own, other, steps.get(SweepSpec.CELLS)));
            });
    return result(numbers);
  }

  private SweepResult result(Map<String, SweepResult.Numbers> numbers) {
    List<SweepResult.Axis> shown = axes().shown();
    return prompts.pairs()
        ? new SweepResult(shown, numbers)
        : SweepResult.withoutCorrupted(shown, numbers);
  }

  /** The numbers of a metric from those of the changed runs, of the others and of all cells. */
  SweepResult.Numbers numbers(Tensor ofBase, Tensor ofSource, @Nullable Tensor cells) {
    return new SweepResult.Numbers(
        noise ? ofBase : ofSource,
        noise ? ofSource : ofBase,
        axes().squeezed(Objects.requireNonNull(cells)));
  }

  private SweepAxes axes() {
    return new SweepAxes(model, prompts, spec, longest);
  }

  /**
   * The same numbers by one forward pass over all prompts for each cell, without any of the plan:
   * what {@link #run()} is compared with. It takes {@link SweepReport#naiveForwards()} passes.
   */
  public SweepResult naive() {
    return naive(model);
  }

  private <M> SweepResult naive(LanguageModel<M> of) {
    return found(new NaiveSweep<>(of, this).run());
  }

  /**
   * What the sweep would find if metrics were linear (attribution patching): for each cell the
   * metric without interventions plus the change at the cell times the gradient there. It takes a
   * forward pass of each run and one backward pass for each metric, whatever the number of cells;
   * where attention is sharp it can be far off, so compare the largest cells with {@link #run()}.
   */
  public SweepResult attribute() {
    return attribute(model);
  }

  private <M> SweepResult attribute(LanguageModel<M> of) {
    return found(new AttributedSweep<>(of, this).run());
  }

  private SweepResult found(Map<String, SweepCaptures.Found> all) {
    Map<String, SweepResult.Numbers> numbers = new LinkedHashMap<>();
    all.forEach(
        (name, found) -> numbers.put(name, numbers(found.base(), found.source(), found.cells())));
    return result(numbers);
  }

  /**
   * The body of the request that a server would get, for programs that use HTTP without this
   * client; see {@link LanguageModel#request}.
   */
  public byte[] request() {
    return new RunRequest(List.of(recorded(model).run()), ModelIdentity.of(model.blueprint()))
        .toBytes();
  }

  /** A sweep as it is run anywhere, and the save node of each metric. */
  private record Recorded(RequestedRun run, Map<String, Integer> saved) {}

  private <M> Recorded recorded(LanguageModel<M> of) {
    int[] node = {-1};
    Map<String, Integer> saved = new LinkedHashMap<>();
    Function<Generator<M>, Generator<M>> body =
        generator -> {
          Value<Axis> changed = last(generator, base());
          Value<Axis> ofBase = last(generator, base());
          Value<Axis> ofSource = last(generator, source());
          if (vector != null) {
            node[0] = RecordedValue.of(changed.constant(vector)).id();
          }
          Value<Axis> clean = noise ? ofBase : ofSource;
          Value<Axis> corrupted = noise ? ofSource : ofBase;
          measured(new Logits(of, changed, clean, corrupted, base().size()))
              .forEach((name, save) -> saved.put(name, SavedValue.of(save).id()));
          return generator;
        };
    RequestedRun drafted = of.drafted(body);
    SweepSpec whole = node[0] < 0 ? spec : withVector(spec, node[0]);
    return new Recorded(
        new RequestedRun(drafted.graph(), drafted.lines(), new RunKind.Sweep(whole), null), saved);
  }

  private static <M> Value<Axis> last(Generator<M> generator, List<long[]> ids) {
    try (Invoker<M> invoker = generator.invoke(ids.toArray(long[][]::new))) {
      return last(invoker);
    }
  }

  /** The logits of each row's last position. */
  static Value<Axis> last(Invoker<?> invoker) {
    return anyWidth(Decoder.of(invoker.model()).logits().at(-1));
  }

  @SuppressWarnings("unchecked")
  private static Value<Axis> anyWidth(Value<?> value) {
    return (Value<Axis>) value;
  }

  /** Records and saves all metrics. */
  Map<String, Saved<?>> measured(SweepLogits logits) {
    Map<String, Saved<?>> saved = new LinkedHashMap<>();
    recorded(logits).forEach((name, metric) -> saved.put(name, metric.save()));
    return saved;
  }

  /** Records all metrics. */
  Map<String, Value<?>> recorded(SweepLogits logits) {
    Map<String, Value<?>> recorded = new LinkedHashMap<>();
    metrics.forEach(
        (name, metric) -> {
          Value<?> value = metric.of(logits);
          if (value == null || value.shape().rank() != 1) {
            throw new RecordingException(
                Location.at(UserFrames.here()),
                "the metric '%s': expected one number for each prompt, [prompt], found %s"
                    .formatted(name, value == null ? "null" : value.shape()));
          }
          recorded.put(name, value);
        });
    return recorded;
  }

  /** Whether a metric uses the logits of the unchanged base run. */
  <M> boolean comparesWithBase(LanguageModel<M> of) {
    boolean[] used = {false};
    Function<Generator<M>, Generator<M>> body =
        generator -> {
          Value<Axis> any = last(generator, base());
          Logits logits = new Logits(of, any, any, any, base().size());
          var unused = measured(new Watched(logits, noise, () -> used[0] = true));
          return generator;
        };
    var drafted = of.drafted(body);
    return used[0];
  }

  /** Notices whether the logits of one run are used. */
  private record Watched(Logits logits, boolean watchesClean, Runnable seen)
      implements SweepLogits {
    @Override
    public Value<Axis> changed() {
      return logits.changed();
    }

    @Override
    public Value<Axis> clean() {
      if (watchesClean) {
        seen.run();
      }
      return logits.clean();
    }

    @Override
    public Value<Axis> corrupted() {
      if (!watchesClean) {
        seen.run();
      }
      return logits.corrupted();
    }

    @Override
    public int prompts() {
      return logits.prompts();
    }

    @Override
    public long token(String text) {
      return logits.token(text);
    }
  }

  /** What a metric is recorded from. */
  record Logits(
      LanguageModel<?> model,
      Value<Axis> changed,
      Value<Axis> clean,
      Value<Axis> corrupted,
      int prompts)
      implements SweepLogits {
    @Override
    public long token(String text) {
      long[] ids = model.tokenizer().encode(text, false);
      if (ids.length != 1) {
        throw new RecordingException(
            Location.at(UserFrames.here()),
            "'%s' is %s tokens, %s; a metric needs one token"
                .formatted(text, ids.length, SweepAxes.tokens(model, ids)));
      }
      return ids[0];
    }
  }
}
