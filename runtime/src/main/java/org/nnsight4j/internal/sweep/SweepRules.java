package org.nnsight4j.internal.sweep;

import java.util.HashSet;
import java.util.List;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.internal.spelling.Counted;
import org.nnsight4j.sweep.SweepSite;

/** What a sweep may ask for; it can come from anywhere, so nothing in it is trusted. */
final class SweepRules {
  private static final int MOST_CELLS = 1 << 22;

  private SweepRules() {}

  static void check(SweepSpec spec, Places places, List<long[]> base, List<long[]> source) {
    require(!spec.sites().isEmpty(), "a sweep needs a site; there are resid_pre and others");
    require(!spec.layers().isEmpty(), "a sweep needs a layer, found none");
    require(!spec.strengths().isEmpty(), "a sweep needs a strength, found none");
    require(
        spec.strengths().stream().allMatch(Double::isFinite),
        "expected finite strengths, found %s".formatted(spec.strengths()));
    distinct(spec.sites(), "site");
    distinct(spec.layers(), "layer");
    require(!base.isEmpty(), "a sweep needs a prompt, found none");
    require(
        base.size() == source.size(),
        "expected as many prompts in both runs, found %s and %s"
            .formatted(base.size(), source.size()));
    int longest = 0;
    for (int pair = 0; pair < base.size(); pair++) {
      require(
          base.get(pair).length == source.get(pair).length,
          "the prompts of pair %s have %s and %s; a sweep needs aligned prompts"
              .formatted(
                  pair, base.get(pair).length, Counted.of(source.get(pair).length, "token")));
      longest = Math.max(longest, base.get(pair).length);
    }
    checkPositions(spec, longest);
    checkHeads(spec, places);
    checkAction(spec);
    long cells = 1;
    for (long length : spec.shape(base.size(), longest)) {
      cells = cells > MOST_CELLS ? cells : cells * Math.min(length, MOST_CELLS);
    }
    require(
        cells <= MOST_CELLS,
        "expected at most %s cells of all prompts, found more; sweep in parts"
            .formatted(MOST_CELLS));
  }

  private static void checkPositions(SweepSpec spec, int longest) {
    List<Integer> chosen = spec.positions().chosen();
    if (chosen == null) {
      return;
    }
    require(!chosen.isEmpty(), "a sweep needs a position, found none");
    distinct(chosen, "position");
    for (int position : chosen) {
      require(
          position < longest && position >= -longest,
          "position %s is outside every prompt: the longest has %s"
              .formatted(position, Counted.of(longest, "token")));
    }
  }

  private static void checkHeads(SweepSpec spec, Places places) {
    List<Integer> heads = spec.heads();
    if (heads == null) {
      return;
    }
    require(!heads.isEmpty(), "a sweep needs a head, found none");
    distinct(heads, "head");
    for (SweepSite kind : spec.sites()) {
      require(
          kind.hasHeads(),
          "%s has no heads; z, q, k, v and pattern have, and a sweep over heads needs one of them"
              .formatted(kind));
    }
    int most = spec.sites().stream().mapToInt(places::heads).max().orElse(0);
    for (int head : heads) {
      require(
          head >= 0 && head < most,
          "head %s does not exist: there are 0 to %s".formatted(head, most - 1));
    }
  }

  private static void checkAction(SweepSpec spec) {
    boolean wide = spec.sites().contains(SweepSite.PATTERN);
    require(
        !wide || spec.action() == SweepAction.PATCH || spec.action() == SweepAction.ZERO,
        "a pattern has as many numbers as there are keys, so it can be patched or set to zero, and nothing else");
    require(
        spec.action().usesVector() == (spec.vector() != null),
        "a vector is needed to replace or add, and for nothing else");
  }

  private static void distinct(List<?> all, String what) {
    require(
        new HashSet<>(all).size() == all.size(), "a %s is named twice in %s".formatted(what, all));
  }

  private static void require(boolean holds, String problem) {
    if (!holds) {
      throw new PlanningException(problem);
    }
  }
}
