package org.nnsight4j.langchain4j;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.response.ChatResponse;
import dev.langchain4j.model.chat.response.ChatResponseMetadata;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.values.Receipt;

/** LangChain4j's metadata of an answer, and what really happened in its passes. */
public final class NnsightChatResponseMetadata extends ChatResponseMetadata {
  private final Receipt receipt;
  private final List<ProbeScores> probes;
  private final OptionalLong seed;
  private final Duration duration;

  private NnsightChatResponseMetadata(Builder builder) {
    super(builder);
    this.receipt = Objects.requireNonNull(builder.receipt);
    this.probes = builder.probes;
    this.seed = builder.seed;
    this.duration = builder.duration;
  }

  /**
   * The metadata of an answer of this model.
   *
   * @throws UnsupportedFeatureException if another model gave the answer
   */
  public static NnsightChatResponseMetadata of(ChatResponse response) {
    if (response.metadata() instanceof NnsightChatResponseMetadata own) {
      return own;
    }
    throw new UnsupportedFeatureException(
        "expected an answer of NnsightChatModel or NnsightStreamingChatModel, which has a receipt and scores, found metadata of the type %s"
            .formatted(response.metadata().getClass().getSimpleName()));
  }

  /** Each read and write of edits and probes: how often it happened, and what it changed. */
  public Receipt receipt() {
    return receipt;
  }

  /** What each probe read, in the order in which they were given. */
  public List<ProbeScores> probes() {
    return probes;
  }

  /**
   * What one probe read.
   *
   * @throws IllegalArgumentException if the model has no such probe; the message names those that
   *     it has
   */
  public ProbeScores probe(String name) {
    return probes.stream()
        .filter(each -> each.probe().equals(name))
        .findFirst()
        .orElseThrow(
            () ->
                new IllegalArgumentException(
                    "expected a probe that the chat model was built with, found '%s'; it has %s"
                        .formatted(name, probes.stream().map(ProbeScores::probe).toList())));
  }

  /** With sampling, the seed that draws the same tokens again. */
  public OptionalLong seed() {
    return seed;
  }

  /** How long all passes took, with waiting for a server. */
  public Duration duration() {
    return duration;
  }

  @Override
  public ChatResponseMetadata.Builder<?> toBuilder() {
    return toBuilder(new Builder(receipt, probes, seed, duration));
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return super.equals(other)
        && other instanceof NnsightChatResponseMetadata that
        && receipt.equals(that.receipt)
        && probes.equals(that.probes)
        && seed.equals(that.seed)
        && duration.equals(that.duration);
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), receipt, probes, seed, duration);
  }

  @Override
  public String toString() {
    return "NnsightChatResponseMetadata{%s, probes=%s, %s}"
        .formatted(super.toString(), probes, receipt);
  }

  static final class Builder extends ChatResponseMetadata.Builder<Builder> {
    private final Receipt receipt;
    private final List<ProbeScores> probes;
    private final OptionalLong seed;
    private final Duration duration;

    Builder(Receipt receipt, List<ProbeScores> probes, OptionalLong seed, Duration duration) {
      this.receipt = receipt;
      this.probes = List.copyOf(probes);
      this.seed = seed;
      this.duration = duration;
    }

    @Override
    public NnsightChatResponseMetadata build() {
      return new NnsightChatResponseMetadata(this);
    }
  }
}
