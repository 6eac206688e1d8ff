package org.nnsight4j.family;

/**
 * One module of an opened model.
 *
 * @param path the dotted path as in Hugging Face's state dict
 * @param type the Hugging Face class, for example {@code GPT2Block}
 * @param callable whether the module can be called on a user's value
 */
public record ModuleSpec(String path, String type, boolean callable) {
  /** The type of a named value inside a module, such as the attention pattern. */
  public static final String INNER_VALUE = "inner value";

  /** The type of an input that is passed by name, such as the attention mask. */
  public static final String KEYWORD_INPUT = "keyword input";

  /** Whether this is a value and not a module of the checkpoint. */
  public boolean isInnerValue() {
    return type.equals(INNER_VALUE) || type.equals(KEYWORD_INPUT);
  }
}
