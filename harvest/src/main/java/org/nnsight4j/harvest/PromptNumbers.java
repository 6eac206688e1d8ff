package org.nnsight4j.harvest;

import java.io.IOException;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.harvest.job.HarvestJob;
import org.nnsight4j.harvest.job.PromptFunction;
import org.nnsight4j.harvest.job.PromptJob;
import org.nnsight4j.harvest.job.RowSource;
import org.nnsight4j.harvest.job.RowSplit;
import org.nnsight4j.harvest.job.SplitNumbers;

/**
 * An analysis of many prompts, split by split: sweeps, patching, lenses and whatever else gives
 * numbers. Here it runs in this process, one split after another; on Spark it gives the same
 * numbers. Immutable.
 *
 * <pre>{@code
 * PromptNumbers.of(gpt2).over(DatasetRows.lines(prompts)).run((model, texts) -> Map.of(...));
 * }</pre>
 */
public final class PromptNumbers {
  private final LanguageModel<?> model;
  private final @Nullable RowSource source;
  private final int promptsPerSplit;

  private PromptNumbers(LanguageModel<?> model, @Nullable RowSource source, int promptsPerSplit) {
    this.model = model;
    this.source = source;
    this.promptsPerSplit = promptsPerSplit;
  }

  /** 100 prompts a split; the model is opened again where splits are computed, without edits. */
  public static PromptNumbers of(LanguageModel<?> model) {
    if (!model.edits().isEmpty()) {
      throw new RunException(
          "an analysis of many prompts opens the checkpoint again, without the model's edits; apply them in the function, by model.with(...)");
    }
    return new PromptNumbers(model, null, 100);
  }

  /** The prompts. */
  public PromptNumbers over(RowSource rows) {
    return new PromptNumbers(model, rows, promptsPerSplit);
  }

  /** How many prompts a call of the function gets, at most. */
  public PromptNumbers promptsPerSplit(int count) {
    if (count < 1) {
      throw new RunException("expected a prompt or more, found " + count);
    }
    return new PromptNumbers(model, source, count);
  }

  /** The job, for another executor. */
  public PromptJob job() throws IOException {
    if (source == null) {
      throw new RunException("the analysis has no prompts; say over(DatasetRows.lines(...))");
    }
    return PromptJob.of(
        model.directory().toAbsolutePath(),
        DatasetRun.settings(model.options()),
        source,
        promptsPerSplit,
        new HarvestJob.Kernels(1, "linear"));
  }

  /** The numbers of each split, in the order of the dataset. */
  public List<SplitNumbers> run(PromptFunction function) throws IOException {
    PromptJob job = job();
    List<SplitNumbers> all = new ArrayList<>();
    for (RowSplit split : job.splits()) {
      all.add(job.compute(split, function));
    }
    return List.copyOf(all);
  }
}
