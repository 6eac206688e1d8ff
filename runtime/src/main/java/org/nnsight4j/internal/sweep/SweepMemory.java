package org.nnsight4j.internal.sweep;

import java.util.HashMap;
import java.util.Map;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.family.SiteSpec;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/** Upper bounds for the memory of a sweep, from the shapes at a model's sites. */
public final class SweepMemory {
  private static final int FLOAT = 4;

  /** The largest number of arrays of a site's size that exist beside each other in a block. */
  private static final int ARRAYS = 2;

  private final int layers;
  private final long vocabulary;
  private final long stream;
  private final long cached;
  private final long linear;
  private final long square;

  public SweepMemory(Blueprint blueprint, Places places) {
    this.layers = places.layers();
    this.vocabulary = blueprint.vocabularySize();
    Map<String, long[]> blocks = new HashMap<>();
    long keys = 0;
    for (SiteSpec site : blueprint.sites()) {
      Dims dims = site.meta().dims();
      boolean pairs = dims.find(Dim.KEY) >= 0 && dims.find(Dim.POSITION) >= 0;
      long known =
          dims.axes().stream().filter(Dim::isKnown).mapToLong(Dim::size).reduce(1, Dim::product);
      long[] block = blocks.computeIfAbsent(block(site.key().module()), name -> new long[2]);
      block[pairs ? 1 : 0] += known;
      String module = site.key().module();
      if (module.endsWith(".k") || module.endsWith(".v")) {
        keys += known;
      }
    }
    this.cached = keys;
    this.stream = places.of(org.nnsight4j.sweep.SweepSite.RESID_PRE, 0).width();
    blocks.remove("");
    this.linear = blocks.values().stream().mapToLong(block -> block[0]).max().orElse(0);
    this.square = blocks.values().stream().mapToLong(block -> block[1]).max().orElse(0);
  }

  /** The path up to its first number. */
  private static String block(String module) {
    StringBuilder path = new StringBuilder();
    for (String word : module.split("\\.")) {
      path.append(word).append('.');
      if (!word.isEmpty() && word.chars().allMatch(Character::isDigit)) {
        return path.toString();
      }
    }
    return "";
  }

  /** What a row needs that computes some positions and attends to all. */
  public long row(int positions, int length) {
    long block = positions * linear + (long) positions * length * square;
    long keys = 2L * length * (cached / Math.max(1, layers));
    return FLOAT * (ARRAYS * block + keys + 4 * positions * stream + 2 * vocabulary);
  }

  /** What a row needs more whose positions are all unembedded. */
  public long logits(int positions) {
    return FLOAT * ARRAYS * positions * vocabulary;
  }

  /** What is kept of the two runs of one pair. */
  long pair(int length, int captured) {
    long kept = cached + stream * (layers + 1) + (long) captured * 2 * stream;
    return FLOAT * (kept * length + 4 * vocabulary);
  }
}
