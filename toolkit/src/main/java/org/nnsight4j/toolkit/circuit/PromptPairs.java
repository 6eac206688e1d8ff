package org.nnsight4j.toolkit.circuit;

import java.util.ArrayList;
import java.util.List;
import java.util.TreeMap;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.error.RunException;
import org.nnsight4j.toolkit.internal.PromptTokens;

/** Clean prompts, and for each a corrupted one of as many tokens. */
record PromptPairs(List<PromptTokens> clean, List<PromptTokens> corrupted) {
  PromptPairs {
    if (clean.size() != corrupted.size()) {
      throw new RunException(
          "expected pairs, as many clean texts as corrupted ones, found %s and %s"
              .formatted(clean.size(), corrupted.size()));
    }
    for (int i = 0; i < clean.size(); i++) {
      clean.get(i).requireAligned(corrupted.get(i));
    }
  }

  static PromptPairs of(LanguageModel<?> model, List<String> clean, List<String> corrupted) {
    return new PromptPairs(PromptTokens.all(model, clean), PromptTokens.all(model, corrupted));
  }

  static PromptPairs of(LanguageModel<?> model, long[] clean, long[] corrupted) {
    return new PromptPairs(
        List.of(PromptTokens.of(model, clean)), List.of(PromptTokens.of(model, corrupted)));
  }

  static PromptPairs ofIds(LanguageModel<?> model, List<long[]> clean, List<long[]> corrupted) {
    if (clean.isEmpty()) {
      throw new RunException("expected a prompt or more, found none");
    }
    return new PromptPairs(
        clean.stream().map(ids -> PromptTokens.of(model, ids)).toList(),
        corrupted.stream().map(ids -> PromptTokens.of(model, ids)).toList());
  }

  int size() {
    return clean.size();
  }

  /** The tokens of all prompts, clean and corrupted. */
  long tokens() {
    return clean.stream().mapToLong(PromptTokens::length).sum() * 2;
  }

  /** Pairs that run together: of one length each, so that nothing is padded. */
  List<List<Integer>> batches(int most) {
    TreeMap<Integer, List<Integer>> byLength = new TreeMap<>();
    for (int i = 0; i < size(); i++) {
      byLength.computeIfAbsent(clean.get(i).length(), length -> new ArrayList<>()).add(i);
    }
    List<List<Integer>> batches = new ArrayList<>();
    for (List<Integer> same : byLength.values()) {
      for (int from = 0; from < same.size(); from += most) {
        batches.add(List.copyOf(same.subList(from, Math.min(from + most, same.size()))));
      }
    }
    return batches;
  }
}
