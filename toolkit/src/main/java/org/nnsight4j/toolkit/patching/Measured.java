package org.nnsight4j.toolkit.patching;

import java.util.Arrays;
import java.util.List;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.RunException;
import org.nnsight4j.sweep.SweepSite;
import org.nnsight4j.toolkit.internal.Answer;
import org.nnsight4j.toolkit.internal.PromptTokens;

/** What effects are of; two results can be compared only if all of it is the same. */
record Measured(
    String model,
    SweepSite site,
    boolean noise,
    Answer answer,
    @Nullable Answer against,
    List<PromptTokens> clean,
    List<PromptTokens> corrupted) {

  /** Refuses the results of another question, and names the first difference. */
  void requireSame(Measured truth) {
    require("the model", model, truth.model);
    require("at(site)", site, truth.site);
    require("the direction", direction(), truth.direction());
    require("the answer", name(answer), name(truth.answer));
    require("against", name(against), name(truth.against));
    require("the clean prompts", clean, truth.clean);
    require("the corrupted prompts", corrupted, truth.corrupted);
  }

  private String direction() {
    return noise ? "noise()" : "denoise()";
  }

  private static String name(@Nullable Answer token) {
    return token == null ? "nothing" : "%s (%s)".formatted(token.label(), token.id());
  }

  private static void require(String what, Object mine, Object theirs) {
    if (!mine.equals(theirs)) {
      throw new RunException(
          "expected two results of the same question, but %s differs: %s here, %s in the other result"
              .formatted(what, shown(mine), shown(theirs)));
    }
  }

  private static String shown(Object value) {
    return value instanceof List<?> prompts
            && !prompts.isEmpty()
            && prompts.get(0) instanceof PromptTokens
        ? prompts.size() > 3
            ? "%s pairs".formatted(prompts.size())
            : String.valueOf(
                prompts.stream().map(each -> Arrays.toString(((PromptTokens) each).ids())).toList())
        : value.toString();
  }
}
