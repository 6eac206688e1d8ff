package org.nnsight4j.tensor;

/**
 * The last axis, which the type of a value names: {@code hidden.norm(Width.WIDTH)}. What is reduced
 * along it has no width any more.
 */
public final class Width {
  public static final Width WIDTH = new Width();

  private static final Kept KEPT = new Kept();

  private Width() {}

  /**
   * The last axis, which stays with length 1, so that the result combines with what it was computed
   * from; with values of another width after {@code as(Other.class)}, which length 1 always allows.
   */
  public Kept kept() {
    return KEPT;
  }

  /** The last axis, which stays with length 1. */
  public static final class Kept {
    private Kept() {}
  }
}
