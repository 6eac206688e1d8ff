package org.nnsight4j.harvest.job;

import java.io.Serializable;
import java.util.List;
import java.util.Map;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;

/** An analysis of some prompts: a sweep, a probe's accuracy, any call of the toolkit. */
@FunctionalInterface
public interface PromptFunction extends Serializable {
  /**
   * Called once for each split, on the thread and in the process that computes it.
   *
   * @param prompts in the order of the dataset, without empty ones
   * @return numbers by name
   */
  Map<String, Double> of(LanguageModel<AnyModel> model, List<String> prompts);
}
