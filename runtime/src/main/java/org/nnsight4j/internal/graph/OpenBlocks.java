package org.nnsight4j.internal.graph;

import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** The loops and branches of a recording in progress, and which values are visible where. */
final class OpenBlocks {
  /** The instances of all recordings on this thread in which a block is open, innermost last. */
  private static final ThreadLocal<Deque<OpenBlocks>> OPEN =
      ThreadLocal.withInitial(ArrayDeque::new);

  private final List<ControlBlock> all = new ArrayList<>();
  private final Deque<Integer> open = new ArrayDeque<>();
  private final int before = OPEN.get().size();
  private final Map<Integer, Integer> innermost = new HashMap<>();

  /** Opens a block; its end is not known yet. */
  void open(ControlBlock block) {
    all.add(block);
    open.addLast(all.size() - 1);
    OPEN.get().addLast(this);
  }

  /** A block of another recording that was opened after this one started, or null. */
  @Nullable ControlBlock foreign() {
    Deque<OpenBlocks> opened = OPEN.get();
    OpenBlocks innermost = opened.peekLast();
    return innermost == null || innermost == this || opened.size() <= before
        ? null
        : innermost.all.get(innermost.open.getLast());
  }

  /** Closes the innermost block before the next node. */
  void close(int next) {
    int place = open.removeLast();
    OPEN.get().removeLast();
    ControlBlock block = all.get(place);
    if (block instanceof ControlBlock.Steps steps) {
      all.set(
          place,
          new ControlBlock.Steps(steps.begin(), next, steps.from(), steps.to(), steps.line()));
    } else if (block instanceof ControlBlock.Branch branch) {
      all.set(
          place,
          new ControlBlock.Branch(
              branch.begin(), next, branch.condition(), branch.expected(), branch.line()));
    }
  }

  /** Adds a complete block from an edit. */
  void addClosed(ControlBlock block) {
    all.add(block);
  }

  /** The open blocks, the outermost first. */
  List<ControlBlock> around() {
    return open.stream().map(all::get).toList();
  }

  ControlBlock.@Nullable Steps loop() {
    return Blocks.loop(around());
  }

  /** Remembers where a node was recorded. */
  void added(int node) {
    if (!open.isEmpty()) {
      innermost.put(node, open.getLast());
    }
  }

  /** Whether a node is in any block, open or closed. */
  boolean isInside(int node) {
    return innermost.containsKey(node);
  }

  /** The closed block that a node is in, or null if the node is visible. */
  @Nullable ControlBlock hiddenIn(int node) {
    Integer home = innermost.get(node);
    if (home == null || open.contains(home)) {
      return null;
    }
    return all.get(home);
  }

  /** Whether a node of a closed loop exists at each step of the run, whatever else happens. */
  boolean isOfEveryStep(int node) {
    return hiddenIn(node) instanceof ControlBlock.Steps steps
        && steps.from() == 0
        && steps.to() == ControlBlock.Steps.OPEN
        && all.stream().noneMatch(b -> b instanceof ControlBlock.Branch && b.contains(node));
  }

  /** The closed blocks, without those in which nothing was recorded. */
  List<ControlBlock> finished() {
    return all.stream().filter(block -> block.end() > block.begin()).toList();
  }
}
