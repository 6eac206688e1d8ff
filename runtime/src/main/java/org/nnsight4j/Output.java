package org.nnsight4j;

import java.util.List;
import java.util.OptionalLong;
import java.util.function.Supplier;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.generate.GeneratedSequence;
import org.nnsight4j.internal.decode.Generated;
import org.nnsight4j.tokenizer.Tokenizer;

/** What was generated: ids and text of every row, in the order of the invokers. */
public final class Output {
  private final Generated generated;
  private final @Nullable Supplier<Tokenizer> tokenizer;

  Output(Generated generated, @Nullable Supplier<Tokenizer> tokenizer) {
    this.generated = generated;
    this.tokenizer = tokenizer;
  }

  /** The sequences of all rows; with {@code numReturnSequences}, those of one row are adjacent. */
  public List<GeneratedSequence> sequences() {
    return generated.sequences();
  }

  /** Prompt and new tokens of one sequence, without padding. */
  public long[] ids(int sequence) {
    return sequence(sequence).ids();
  }

  /** The new tokens of one sequence. */
  public long[] newIds(int sequence) {
    return sequence(sequence).newIds();
  }

  /**
   * The new tokens of all sequences as Hugging Face returns them: sequences that ended early are
   * padded.
   */
  public long[][] newIds() {
    return generated.newIds();
  }

  /** Prompt and new text of one sequence. */
  public String text(int sequence) {
    return decode(ids(sequence));
  }

  /** The new text of one sequence. */
  public String newText(int sequence) {
    return decode(newIds(sequence));
  }

  /** The texts of all sequences. */
  public List<String> texts() {
    return sequences().stream().map(sequence -> decode(sequence.ids())).toList();
  }

  /** With sampling, the seed that draws the same tokens again. */
  public OptionalLong seed() {
    return generated.seed();
  }

  private GeneratedSequence sequence(int sequence) {
    List<GeneratedSequence> all = sequences();
    if (sequence < 0 || sequence >= all.size()) {
      throw new RunException(
          "there is no sequence %s: the run gave %s, counted from 0"
              .formatted(sequence, all.size()));
    }
    return all.get(sequence);
  }

  private String decode(long[] ids) {
    if (tokenizer == null) {
      throw new RunException(
          "the checkpoint has no tokenizer.json, so there is no text; use ids()");
    }
    return tokenizer.get().decode(ids);
  }

  @Override
  public String toString() {
    try {
      return texts().toString();
    } catch (Nnsight4jException e) {
      // Without a tokenizer, or after its model was closed.
      return "Output of " + sequences().size() + " sequences";
    }
  }
}
