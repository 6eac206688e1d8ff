package org.nnsight4j.langchain4j;

import dev.langchain4j.exception.UnsupportedFeatureException;
import dev.langchain4j.model.chat.request.ChatRequestParameters;
import dev.langchain4j.model.chat.request.DefaultChatRequestParameters;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** LangChain4j's parameters of a request, and those that only this model has. */
public final class NnsightChatRequestParameters extends DefaultChatRequestParameters {
  private final @Nullable Long seed;
  private final @Nullable Double repetitionPenalty;

  private NnsightChatRequestParameters(Builder builder) {
    super(builder);
    this.seed = builder.seed;
    this.repetitionPenalty = builder.repetitionPenalty;
  }

  /** The same seed draws the same tokens; null if each answer draws its own. */
  public @Nullable Long seed() {
    return seed;
  }

  /** Hugging Face's repetition penalty; null if the checkpoint decides. */
  public @Nullable Double repetitionPenalty() {
    return repetitionPenalty;
  }

  @Override
  public ChatRequestParameters overrideWith(ChatRequestParameters that) {
    return builder().overrideWith(this).overrideWith(that).build();
  }

  @Override
  public ChatRequestParameters defaultedBy(ChatRequestParameters that) {
    return builder().overrideWith(that).overrideWith(this).build();
  }

  @Override
  public boolean equals(@Nullable Object other) {
    return super.equals(other)
        && other instanceof NnsightChatRequestParameters that
        && Objects.equals(seed, that.seed)
        && Objects.equals(repetitionPenalty, that.repetitionPenalty);
  }

  @Override
  public int hashCode() {
    return Objects.hash(super.hashCode(), seed, repetitionPenalty);
  }

  @Override
  public String toString() {
    return "NnsightChatRequestParameters{%s, seed=%s, repetitionPenalty=%s}"
        .formatted(super.toString(), seed, repetitionPenalty);
  }

  /** No parameter set. */
  public static Builder builder() {
    return new Builder();
  }

  /** Collects parameters. */
  public static final class Builder extends DefaultChatRequestParameters.Builder<Builder> {
    private @Nullable Long seed;
    private @Nullable Double repetitionPenalty;

    Builder() {}

    /**
     * Takes what the other parameters set.
     *
     * @throws UnsupportedFeatureException if they are of another provider, whose own parameters
     *     would be lost
     */
    @Override
    public Builder overrideWith(ChatRequestParameters parameters) {
      if (parameters instanceof NnsightChatRequestParameters own) {
        seed = own.seed == null ? seed : own.seed;
        repetitionPenalty =
            own.repetitionPenalty == null ? repetitionPenalty : own.repetitionPenalty;
      } else if (parameters.getClass() != DefaultChatRequestParameters.class) {
        throw new UnsupportedFeatureException(
            "expected parameters of ChatRequestParameters or NnsightChatRequestParameters, found %s, whose own parameters this model does not have"
                .formatted(parameters.getClass().getSimpleName()));
      }
      return super.overrideWith(parameters);
    }

    /** The same seed draws the same tokens. */
    public Builder seed(long value) {
      this.seed = value;
      return this;
    }

    /** Hugging Face's repetition penalty; 1 means none. */
    public Builder repetitionPenalty(double value) {
      this.repetitionPenalty = value;
      return this;
    }

    @Override
    public NnsightChatRequestParameters build() {
      return new NnsightChatRequestParameters(this);
    }
  }
}
