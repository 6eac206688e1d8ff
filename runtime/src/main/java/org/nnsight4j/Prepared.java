package org.nnsight4j;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;
import org.nnsight4j.error.Location;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.graph.Recording;
import org.nnsight4j.internal.local.PromptChecks;
import org.nnsight4j.internal.request.Backend;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;

/**
 * A recording that is planned once and run many times, each time on other inputs, from any number
 * of threads at once. Inputs come in the order of {@link Generator#input()}.
 *
 * @param <R> what the body of the recording returned
 */
@NotUserCode
public final class Prepared<R> {
  private final LanguageModel<?> owner;
  private final Backend.Rerun rerun;
  private final Recording recording;
  private final R recorded;

  Prepared(LanguageModel<?> owner, Backend.Rerun rerun, Recording recording, R recorded) {
    this.owner = owner;
    this.rerun = rerun;
    this.recording = recording;
    this.recorded = recorded;
  }

  /** What the body returned: handles of saved values, with which the results of a run are read. */
  public R recorded() {
    return recorded;
  }

  /**
   * Runs on texts, one for each input.
   *
   * @throws RunException if the run fails
   */
  public Results run(String... texts) {
    PromptChecks checks = checks();
    owner.requireTokenizer();
    return runOn(prompts(texts, text -> checks.texts(Arrays.asList(text))));
  }

  /** Runs on token ids, one row for each input. */
  public Results run(long[]... ids) {
    PromptChecks checks = checks();
    return runOn(prompts(ids, row -> checks.ids(new long[][] {row})));
  }

  /** Runs on batches of texts, one for each input. */
  public Results run(List<List<String>> batches) {
    PromptChecks checks = checks();
    owner.requireTokenizer();
    return runOn(batches.stream().map(checks::texts).toList());
  }

  private static <T> List<Prompt> prompts(T[] inputs, Function<T, Prompt> prompt) {
    return Arrays.stream(inputs).map(prompt).toList();
  }

  private PromptChecks checks() {
    return new PromptChecks(
        owner.blueprint(),
        message -> new RecordingException(Location.at(UserFrames.here()), message));
  }

  private Results runOn(List<Prompt> inputs) {
    List<Prompt> prompts = new ArrayList<>();
    List<SourceLine> lines = new ArrayList<>();
    int next = 0;
    int open = recording.openPrompts();
    if (inputs.size() != open) {
      throw new RecordingException(
          Location.at(UserFrames.here()),
          "the recording has %s inputs, found %s".formatted(open, inputs.size()));
    }
    for (Prompt prompt : recording.prompts()) {
      lines.add(UserFrames.here());
      prompts.add(prompt instanceof Prompt.Open ? inputs.get(next++) : prompt);
    }
    owner.checkOpen();
    return new Results(owner, recording, rerun.on(prompts, lines));
  }
}
