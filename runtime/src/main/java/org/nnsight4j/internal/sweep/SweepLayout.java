package org.nnsight4j.internal.sweep;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.Comparator;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.sweep.SweepReport;

/**
 * Which rows of which blocks a sweep has to compute. A cell's row is the run itself up to the layer
 * and the first position where it acts, so that it begins there, with the keys and values of
 * earlier positions; cells that cannot change the logits of the last position are not computed.
 */
public final class SweepLayout {
  /**
   * Pairs of one length, whose runs are kept at the same time.
   *
   * @param pairs their numbers
   * @param sourceFrom the first position where any two runs of a pair differ; the length if none do
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Group(int[] pairs, int length, int sourceFrom, List<Chunk> chunks) {}

  /**
   * Cells that are computed together.
   *
   * @param begin the first position that is computed
   * @param entries in the order in which they join
   */
  public record Chunk(int begin, List<Entry> entries) {
    /** How many rows it has in the end. */
    public int rows() {
      return entries.stream().mapToInt(entry -> entry.rows().length).sum();
    }
  }

  /**
   * The rows of one cell.
   *
   * @param rows for each row, the place of its pair in the group
   * @param columns for each row, the positions where the cell acts
   */
  @SuppressWarnings("ArrayRecordComponent") // Never compared.
  public record Entry(SweepCell cell, int[] rows, int[][] columns) {}

  private final SweepSpec spec;
  private final Places places;
  private final SweepMemory memory;
  private final List<long[]> base;
  private final List<long[]> source;
  private final List<SweepCell> cells = new ArrayList<>();
  private final List<Group> groups = new ArrayList<>();
  private final int longest;
  private long existing;
  private long computed;
  private long blockTokens;
  private long plainTokens;
  private long bytes;

  /**
   * Plans a sweep.
   *
   * @param base the token ids of the runs that are changed
   * @param source those of the other runs, of the same lengths
   * @throws PlanningException if the model lacks a place, or the memory is too little
   */
  public SweepLayout(SweepSpec spec, Blueprint blueprint, List<long[]> base, List<long[]> source) {
    this.spec = spec;
    this.places = new Places(blueprint);
    this.memory = new SweepMemory(blueprint, places);
    this.base = base;
    this.source = source;
    this.longest = base.stream().mapToInt(row -> row.length).max().orElse(0);
    SweepRules.check(spec, places, base, source);
    fillCells();
    Map<Integer, List<Integer>> lengths = new TreeMap<>();
    for (int pair = 0; pair < base.size(); pair++) {
      lengths.computeIfAbsent(base.get(pair).length, length -> new ArrayList<>()).add(pair);
    }
    lengths.forEach(this::fillGroups);
    count();
  }

  private void fillCells() {
    int index = 0;
    for (var kind : spec.sites()) {
      for (int layer : spec.layers()) {
        Place place = places.of(kind, layer);
        for (int slot = 0; slot < spec.positions().slots(longest); slot++) {
          for (int head = 0; head < spec.headSlots(); head++) {
            int chosen = spec.heads() == null ? -1 : spec.heads().get(head);
            for (double strength : spec.strengths()) {
              cells.add(new SweepCell(index++, place, slot, chosen, strength));
            }
          }
        }
      }
    }
  }

  private void fillGroups(int length, List<Integer> pairs) {
    long each = memory.pair(length, spec.sites().size() * spec.layers().size());
    long row = memory.row(length, length);
    if (each + row > spec.maxBytes()) {
      throw new PlanningException(
          "one pair of prompts of %s tokens needs about %s bytes, this sweep may take %s; give it more with maxBytes(...)"
              .formatted(length, each + row, spec.maxBytes()));
    }
    int most = (int) Math.max(1, Math.min(pairs.size(), spec.maxBytes() / 2 / (each + row)));
    for (int begin = 0; begin < pairs.size(); begin += most) {
      int[] some =
          pairs.subList(begin, Math.min(pairs.size(), begin + most)).stream()
              .mapToInt(pair -> pair)
              .toArray();
      groups.add(group(some, length, each));
    }
  }

  private Group group(int[] pairs, int length, long each) {
    int from = Arrays.stream(pairs).map(this::firstDifference).min().orElse(length);
    Map<Integer, List<Entry>> streams = new TreeMap<>();
    for (SweepCell cell : cells) {
      Entry entry = entry(cell, pairs, length);
      if (entry.rows().length > 0) {
        int begin =
            Arrays.stream(entry.columns()).mapToInt(columns -> columns[0]).min().orElseThrow();
        streams.computeIfAbsent(begin, any -> new ArrayList<>()).add(entry);
      }
    }
    long room = spec.maxBytes() - each * pairs.length;
    List<Chunk> chunks = new ArrayList<>();
    streams.forEach((begin, entries) -> chunks.addAll(chunks(begin, entries, length, room)));
    for (Chunk chunk : chunks) {
      bytes =
          Math.max(
              bytes,
              each * pairs.length + chunk.rows() * memory.row(length - chunk.begin(), length));
    }
    bytes = Math.max(bytes, pairs.length * (each + memory.row(length, length)));
    return new Group(pairs, length, from, chunks);
  }

  /** Cells of one beginning, as many at a time as there is room for. */
  private List<Chunk> chunks(int begin, List<Entry> entries, int length, long room) {
    entries.sort(Comparator.comparingInt(entry -> entry.cell().place().stage()));
    long most = Math.max(1, room / memory.row(length - begin, length));
    List<Chunk> chunks = new ArrayList<>();
    List<Entry> now = new ArrayList<>();
    long rows = 0;
    for (Entry entry : entries) {
      if (rows > 0 && rows + entry.rows().length > most) {
        chunks.add(new Chunk(begin, List.copyOf(now)));
        now.clear();
        rows = 0;
      }
      now.add(entry);
      rows += entry.rows().length;
    }
    chunks.add(new Chunk(begin, List.copyOf(now)));
    return chunks;
  }

  /** The rows of a cell that have to be computed. */
  private Entry entry(SweepCell cell, int[] pairs, int length) {
    List<Integer> rows = new ArrayList<>();
    List<int[]> columns = new ArrayList<>();
    boolean any = false;
    for (int row = 0; row < pairs.length; row++) {
      if (exists(cell, length)) {
        any = true;
        int[] acts = acting(cell, pairs[row], length);
        if (acts.length > 0) {
          rows.add(row);
          columns.add(acts);
        }
      }
    }
    existing += any ? pairs.length : 0;
    return new Entry(
        cell, rows.stream().mapToInt(row -> row).toArray(), columns.toArray(int[][]::new));
  }

  /** Whether a prompt of this length has a cell. */
  public boolean exists(SweepCell cell, int length) {
    return spec.positions().columns(cell.slot(), length).length > 0
        && cell.head() < Math.max(1, cell.place().heads());
  }

  /** The positions at which a cell changes something that the last position sees. */
  private int[] acting(SweepCell cell, int pair, int length) {
    if (cell.strength() == 0) {
      return new int[0];
    }
    int[] columns = spec.positions().columns(cell.slot(), length);
    if (spec.action() == SweepAction.PATCH) {
      // Both runs have the same numbers at positions before the first token that differs.
      int from = firstDifference(pair);
      columns = Arrays.stream(columns).filter(column -> column >= from).toArray();
    }
    if (cell.place().stage() >= places.layers() - (cell.place().isSeenLater() ? 0 : 1)) {
      columns = Arrays.stream(columns).filter(column -> column == length - 1).toArray();
    }
    return columns;
  }

  private int firstDifference(int pair) {
    int difference = Arrays.mismatch(base.get(pair), source.get(pair));
    return difference < 0 ? base.get(pair).length : difference;
  }

  private void count() {
    int layers = places.layers();
    for (Group group : groups) {
      long plain = (long) layers * group.length() * group.pairs().length;
      plainTokens += plain;
      boolean twice = spec.action() == SweepAction.MEAN;
      blockTokens += twice ? 2 * plain : plain;
      blockTokens += (long) layers * (group.length() - group.sourceFrom()) * group.pairs().length;
      for (Chunk chunk : group.chunks()) {
        for (Entry entry : chunk.entries()) {
          computed += entry.rows().length;
          int stages = layers - entry.cell().place().stage();
          blockTokens += (long) stages * (group.length() - chunk.begin()) * entry.rows().length;
        }
      }
    }
  }

  /** All cells, in the order of the result. */
  public List<SweepCell> cells() {
    return cells;
  }

  public List<Group> groups() {
    return groups;
  }

  public Places places() {
    return places;
  }

  /** The length of the longest prompt. */
  public int longest() {
    return longest;
  }

  /** The bytes that it takes at the same time, beside the weights. */
  public long bytes() {
    return bytes;
  }

  /** How many times a block runs for a chunk or a run. */
  public int steps() {
    int layers = places.layers();
    int steps = 0;
    for (Group group : groups) {
      steps += 2 * layers;
      for (Chunk chunk : group.chunks()) {
        steps += layers - chunk.entries().get(0).cell().place().stage();
      }
    }
    return Math.max(1, steps);
  }

  /** What it costs. */
  public SweepReport report() {
    Map<String, Integer> axes = new LinkedHashMap<>();
    axes.put("prompt", base.size());
    axes.put("site", spec.sites().size());
    axes.put("layer", spec.layers().size());
    axes.put("position", spec.positions().slots(longest));
    axes.put("head", spec.headSlots());
    axes.put("strength", spec.strengths().size());
    int pairs = Math.max(1, base.size());
    return new SweepReport(
        axes,
        existing,
        computed,
        (double) existing / pairs,
        (double) blockTokens / Math.max(1, plainTokens),
        bytes,
        groups.stream().mapToInt(group -> group.chunks().size()).sum());
  }
}
