package org.nnsight4j.harvest.job;

import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.host.HostedModel;

/**
 * The models of this process: one for each checkpoint, whatever the number of jobs and threads. Its
 * weights are mapped, so processes of one machine share their memory. A model that nothing uses any
 * more is kept, as the next split will need it; {@link #close} frees all.
 */
public final class ModelPool {
  private static final Map<String, HostedModel> OPEN = new HashMap<>();
  private static final Map<String, LanguageModel<AnyModel>> OPENED = new HashMap<>();

  private ModelPool() {}

  /**
   * The model of a job.
   *
   * @throws RunException if the weights here are others than those of the job
   */
  static HostedModel of(HarvestJob job) {
    HarvestJob.Spec spec = job.spec();
    return of(spec.model(), spec.settings(), job.parts().getOrDefault("checkpoint", ""));
  }

  private static synchronized HostedModel of(Path model, LoadSettings settings, String expected) {
    requireSame(model, expected);
    return OPEN.computeIfAbsent(
        expected + " " + settings.text(), any -> HostedModel.open(model, settings));
  }

  /** The model of an analysis, by the API of users. */
  static synchronized LanguageModel<AnyModel> opened(
      Path model, LoadSettings settings, String expected) {
    requireSame(model, expected);
    return OPENED.computeIfAbsent(
        expected + " " + settings.text(),
        any -> LanguageModel.open(model, PromptJob.options(settings)));
  }

  private static void requireSame(Path model, String expected) {
    String found = ExactDigest.weights(model);
    if (!found.equals(expected)) {
      throw new RunException(
          "%s has other weights here than where the harvest began: expected the digest %s, found %s; copy that checkpoint to each machine"
              .formatted(model, expected, found));
    }
  }

  /** Frees the models of this process; splits that run now end first. */
  public static synchronized void close() {
    OPEN.values().forEach(HostedModel::close);
    OPEN.clear();
    OPENED.values().forEach(LanguageModel::close);
    OPENED.clear();
  }
}
