package org.nnsight4j.toolkit.internal;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.CheckpointException;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.figure.Labels;

/**
 * A prompt as a model reads it.
 *
 * @param ids its tokens
 * @param tokens how figures show them; the ids where the checkpoint has no tokenizer
 */
public record PromptTokens(long[] ids, List<String> tokens) {
  public PromptTokens {
    tokens = List.copyOf(tokens);
  }

  public static PromptTokens of(LanguageModel<?> model, String text) {
    return of(model, model.tokenizer().encode(text));
  }

  public static PromptTokens of(LanguageModel<?> model, long[] ids) {
    if (ids.length == 0) {
      throw new RunException("expected a prompt with a token or more, found none");
    }
    return new PromptTokens(
        ids.clone(), Arrays.stream(ids).mapToObj(id -> label(model, id)).toList());
  }

  /** All of them. */
  public static List<PromptTokens> all(LanguageModel<?> model, List<String> texts) {
    if (texts.isEmpty()) {
      throw new RunException("expected a prompt or more, found none");
    }
    return texts.stream().map(text -> of(model, text)).toList();
  }

  /** A token as figures show it. */
  public static String label(LanguageModel<?> model, long id) {
    try {
      return Labels.token(model.tokenizer().token(id));
    } catch (CheckpointException e) {
      return "#" + id;
    }
  }

  public int length() {
    return ids.length;
  }

  /**
   * A position from 0.
   *
   * @param position from 0, or from -1 backwards
   */
  public int position(int position) {
    return Index.of("position", position, ids.length, "the prompt's tokens are");
  }

  /** Refuses two prompts whose positions cannot be compared. */
  public void requireAligned(PromptTokens other) {
    if (ids.length != other.ids.length) {
      throw new RunException(
          "expected two prompts of as many tokens, so that positions are the same, found %s and %s: %s and %s"
              .formatted(ids.length, other.ids.length, tokens, other.tokens));
    }
    if (Arrays.equals(ids, other.ids)) {
      throw new RunException(
          "expected two prompts that differ, found the same tokens in both: " + tokens);
    }
  }

  /** The tokens with their positions, so that each is another. */
  public List<String> numbered() {
    List<String> names = new ArrayList<>();
    for (int i = 0; i < tokens.size(); i++) {
      names.add(i + " " + tokens.get(i));
    }
    return names;
  }

  @Override
  public boolean equals(Object other) {
    return other instanceof PromptTokens prompt && Arrays.equals(ids, prompt.ids);
  }

  @Override
  public int hashCode() {
    return Arrays.hashCode(ids);
  }

  @Override
  public String toString() {
    return String.valueOf(tokens);
  }
}
