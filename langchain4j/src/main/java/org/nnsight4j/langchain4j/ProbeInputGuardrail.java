package org.nnsight4j.langchain4j;

import dev.langchain4j.data.message.UserMessage;
import dev.langchain4j.guardrail.InputGuardrail;
import dev.langchain4j.guardrail.InputGuardrailRequest;
import dev.langchain4j.guardrail.InputGuardrailResult;
import java.util.Objects;
import java.util.Optional;

/**
 * Judges a user's message before there is an answer, by the scores of a {@link TokenProbe} over the
 * message as the model would see it, without earlier messages. That takes a pass of its own, which
 * ends where the probe reads. Immutable.
 */
public final class ProbeInputGuardrail implements InputGuardrail {
  private final NnsightChatModel model;
  private final ScoreLimit limit;
  private final boolean fatal;

  private ProbeInputGuardrail(NnsightChatModel model, ScoreLimit limit, boolean fatal) {
    this.model = Objects.requireNonNull(model, "the chat model is null");
    this.limit = limit;
    this.fatal = fatal;
    String place = model.placeOf(limit.probe());
    assert !place.isEmpty();
  }

  /**
   * Refuses messages with a score above the threshold.
   *
   * @param probe the name of a probe of the chat model
   * @throws IllegalArgumentException if the model has no such probe
   */
  public static ProbeInputGuardrail above(NnsightChatModel model, String probe, double threshold) {
    return new ProbeInputGuardrail(
        model, new ScoreLimit(probe, true, threshold, ScoreOf.ANY_TOKEN), true);
  }

  /** Refuses messages with a score below the threshold. */
  public static ProbeInputGuardrail below(NnsightChatModel model, String probe, double threshold) {
    return new ProbeInputGuardrail(
        model, new ScoreLimit(probe, false, threshold, ScoreOf.ANY_TOKEN), true);
  }

  /**
   * Which score is compared; that of any token if none is chosen. The last token is where the
   * answer begins.
   */
  public ProbeInputGuardrail of(ScoreOf which) {
    return new ProbeInputGuardrail(model, limit.of(which), fatal);
  }

  /** The message is refused after the other guardrails were asked, too. */
  public ProbeInputGuardrail failure() {
    return new ProbeInputGuardrail(model, limit, false);
  }

  @Override
  public InputGuardrailResult validate(InputGuardrailRequest request) {
    return validate(request.userMessage());
  }

  @Override
  public InputGuardrailResult validate(UserMessage userMessage) {
    String text = ChatMapping.text(userMessage);
    Optional<String> broken = limit.broken(model.promptScores(limit.probe(), text), "prompt token");
    if (broken.isEmpty()) {
      return success();
    }
    return fatal ? fatal(broken.get()) : failure(broken.get());
  }
}
