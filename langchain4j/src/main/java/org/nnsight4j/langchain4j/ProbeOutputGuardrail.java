package org.nnsight4j.langchain4j;

import dev.langchain4j.guardrail.OutputGuardrail;
import dev.langchain4j.guardrail.OutputGuardrailRequest;
import dev.langchain4j.guardrail.OutputGuardrailResult;
import java.util.Objects;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * Judges an answer by the scores that a {@link TokenProbe} read while it was generated; there is no
 * second pass. An answer beyond the threshold is refused, unless another verdict is chosen; the
 * message names probe, layer, score, token and threshold. Immutable.
 */
public final class ProbeOutputGuardrail implements OutputGuardrail {
  private enum Verdict {
    FATAL,
    FAILURE,
    RETRY,
    REPROMPT
  }

  private final ScoreLimit limit;
  private final Verdict verdict;
  private final @Nullable String reprompt;

  private ProbeOutputGuardrail(ScoreLimit limit, Verdict verdict, @Nullable String reprompt) {
    this.limit = limit;
    this.verdict = verdict;
    this.reprompt = reprompt;
  }

  /**
   * Refuses answers with a score above the threshold.
   *
   * @param probe the name of a probe of the chat model
   */
  public static ProbeOutputGuardrail above(String probe, double threshold) {
    return new ProbeOutputGuardrail(
        new ScoreLimit(probe, true, threshold, ScoreOf.ANY_TOKEN), Verdict.FATAL, null);
  }

  /** Refuses answers with a score below the threshold. */
  public static ProbeOutputGuardrail below(String probe, double threshold) {
    return new ProbeOutputGuardrail(
        new ScoreLimit(probe, false, threshold, ScoreOf.ANY_TOKEN), Verdict.FATAL, null);
  }

  /** Which score is compared; that of any token if none is chosen. */
  public ProbeOutputGuardrail of(ScoreOf which) {
    return new ProbeOutputGuardrail(limit.of(which), verdict, reprompt);
  }

  /** The answer is refused, and no other guardrail asked. */
  public ProbeOutputGuardrail fatal() {
    return new ProbeOutputGuardrail(limit, Verdict.FATAL, null);
  }

  /** The answer is refused after the other guardrails were asked, too. */
  public ProbeOutputGuardrail failure() {
    return new ProbeOutputGuardrail(limit, Verdict.FAILURE, null);
  }

  /** The model is asked again; with greedy decoding it says the same. */
  public ProbeOutputGuardrail retry() {
    return new ProbeOutputGuardrail(limit, Verdict.RETRY, null);
  }

  /** The model is asked again, with one more message of the user. */
  public ProbeOutputGuardrail reprompt(String message) {
    return new ProbeOutputGuardrail(
        limit, Verdict.REPROMPT, Objects.requireNonNull(message, "the message is null"));
  }

  /**
   * The verdict.
   *
   * @throws dev.langchain4j.exception.UnsupportedFeatureException if the answer is not of a model
   *     of this package
   * @throws IllegalArgumentException if the model has no such probe
   */
  @Override
  public OutputGuardrailResult validate(OutputGuardrailRequest request) {
    ProbeScores scores =
        NnsightChatResponseMetadata.of(request.responseFromLLM()).probe(limit.probe());
    Optional<String> broken = limit.broken(scores, "new token");
    if (broken.isEmpty()) {
      return success();
    }
    String message = broken.get();
    return switch (verdict) {
      case FATAL -> fatal(message);
      case FAILURE -> failure(message);
      case RETRY -> retry(message);
      case REPROMPT -> reprompt(message, Objects.requireNonNull(reprompt));
    };
  }
}
