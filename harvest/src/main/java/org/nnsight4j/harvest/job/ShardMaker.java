package org.nnsight4j.harvest.job;

import java.io.IOException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.function.Function;
import org.nnsight4j.engine.PinnedKernels;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.host.HostedModel;
import org.nnsight4j.internal.request.RequestedRun;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.wire.ModelIdentity;
import org.nnsight4j.internal.wire.RunRequest;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Receipt;

/** Makes shards: a pure function of the job and the split. Thread-safe. */
public final class ShardMaker {
  private final HarvestJob job;
  private final HostedModel model;
  private final Function<List<long[]>, Result> run;

  private ShardMaker(HarvestJob job, HostedModel model, RequestedRun run) {
    this.job = job;
    this.model = model;
    this.run = model.prepared(run);
  }

  /**
   * Plans a job on this process' copy of its model.
   *
   * @throws RunException if this machine would compute other bits, or has other weights
   */
  public static ShardMaker of(HarvestJob job) {
    String machine = PinnedKernels.machine();
    String expected = job.parts().getOrDefault("machine", "");
    if (!machine.equals(expected)) {
      throw new RunException(
          "the harvest began on a machine with %s, this one has %s, and would compute other bits; set ATEN_CPU_CAPABILITY to the lesser of the two on all, or begin it again"
              .formatted(expected, machine));
    }
    HostedModel model = ModelPool.of(job);
    RunRequest request = RunRequest.read(job.spec().request());
    List<String> different = request.model().differences(ModelIdentity.of(model.blueprint()));
    if (!different.isEmpty()) {
      throw new RunException(
          "the graph of the harvest was recorded for another model: "
              + String.join(", ", different));
    }
    return new ShardMaker(job, model, request.runs().get(0));
  }

  /** The numbers of a split. */
  public ShardContents make(RowSplit split, HarvestListener listener) throws IOException {
    SplitTexts texts = texts(split);
    listener.at(HarvestStage.READ, split.index());
    Gathered gathered = new Gathered(job, texts);
    SortedMap<String, Long> fired = new TreeMap<>();
    for (int[] batch : job.spec().batching().batches(texts.lengths())) {
      gathered.add(batch, run(texts, batch, fired));
    }
    listener.at(HarvestStage.COMPUTED, split.index());
    return gathered.contents(fired);
  }

  /** The texts of a split as token ids. */
  SplitTexts texts(RowSplit split) throws IOException {
    return SplitTexts.read(
        job.spec().source(), split, job.spec().batching(), text -> model.tokenizer().encode(text));
  }

  /** The numbers of the texts of one pass. */
  Gathered pass(SplitTexts texts, int... batch) {
    Gathered gathered = new Gathered(job, texts);
    gathered.add(batch, run(texts, batch, new TreeMap<>()));
    return gathered;
  }

  private Map<Integer, Tensor> run(SplitTexts texts, int[] batch, SortedMap<String, Long> fired) {
    List<long[]> rows = Arrays.stream(batch).mapToObj(texts::ids).toList();
    HarvestJob.Kernels kernels = job.spec().kernels();
    Result result;
    try (PinnedKernels pinned = PinnedKernels.enter(kernels.threads(), kernels.form())) {
      result = run.apply(rows);
    }
    for (Receipt.Entry entry : result.receipt().entries()) {
      fired.merge(entry.kind() + " " + entry.site(), (long) entry.fired(), Long::sum);
    }
    Map<Integer, Tensor> saved = new TreeMap<>();
    List<Integer> wanted =
        new ArrayList<>(job.spec().columns().stream().map(ShardColumn::save).toList());
    if (job.spec().keep() >= 0) {
      wanted.add(job.spec().keep());
    }
    for (int save : wanted) {
      Tensor tensor = result.saved().getOrDefault(save, Map.of()).get(0);
      if (tensor == null) {
        throw new RunException("a column has no numbers: " + result.reason(save));
      }
      saved.put(save, tensor);
    }
    return saved;
  }
}
