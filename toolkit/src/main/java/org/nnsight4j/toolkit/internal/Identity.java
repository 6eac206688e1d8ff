package org.nnsight4j.toolkit.internal;

import java.util.Optional;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.family.Families;
import org.nnsight4j.family.Family;

/** Which model something belongs to: vectors of one model mean nothing in another. */
public final class Identity {
  /** llama.cpp calls many architectures so in its files. */
  private static final String CALLED_BY_MANY = "llama";

  private Identity() {}

  /** The {@code model_type} of a model's config.json. */
  public static String of(LanguageModel<?> model) {
    return model.config().modelType();
  }

  /**
   * Refuses what was made for another model.
   *
   * @param thing what it is, for the message
   * @param type the {@code model_type} that it was made for; a name that no family has, or none, is
   *     not known and fits all
   * @param architecture the model's
   * @param isExact whether the type is a {@code model_type} for sure, and not llama.cpp's name
   */
  public static void require(String thing, String type, String architecture, boolean isExact) {
    Optional<Family> made = Families.find(type, Identity.class.getClassLoader());
    if (made.isEmpty() || (!isExact && type.equals(CALLED_BY_MANY) && isLikeLlama(architecture))) {
      return;
    }
    if (!made.get().architecture().equals(architecture)) {
      throw new RunException(
          "%s is for '%s', this model is '%s'; the numbers of one model mean nothing in another"
              .formatted(thing, type, architecture));
    }
  }

  private static boolean isLikeLlama(String architecture) {
    return architecture.equals("mistral") || architecture.equals("mixtral");
  }
}
