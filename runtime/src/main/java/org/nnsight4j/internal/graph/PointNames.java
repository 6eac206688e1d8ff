package org.nnsight4j.internal.graph;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nnsight4j.error.PlanningException;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.spelling.HalfCharacters;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.values.Value;

/** Values with names, in this recording or in the edits in front of it. */
@NotUserCode
public final class PointNames {
  private final Recording recording;
  private final Map<String, Integer> points = new LinkedHashMap<>();

  PointNames(Recording recording) {
    this.recording = recording;
  }

  /** Whether a value of this recording, or of the edits in front of it, has this name. */
  public boolean isTaken(String name) {
    return points.containsKey(name);
  }

  /** Gives a value a name, by which it can be read and written. */
  public <A> Value<A> give(String name, Value<A> value) {
    SourceLine line = recording.begin(name);
    HalfCharacters.in(name)
        .ifPresent(
            half -> {
              throw recording.fail("the name of a value: " + half, line);
            });
    RecordedValue<?> own = recording.arguments().value(value, name, line);
    if (name.chars().anyMatch(Character::isISOControl)) {
      throw recording.fail(
          "'%s' has control characters; choose a name on one line".formatted(Shown.line(name)),
          line);
    }
    if (points.containsKey(name)) {
      throw recording.fail(
          "'%s' is the name of another value of this run already (at %s); choose another name, as in call(name, module, value) or add(name, adapter)"
              .formatted(name, recording.node(points.get(name)).line()),
          line);
    }
    points.put(name, recording.size());
    Rows rows = own.rows();
    Owner owner = rows == null || rows.run() != recording ? Owner.NOBODY : Owner.of(rows.invoker());
    return recording.add(
        new Node.Point(recording.size(), owner, name, own.id(), line), own.meta(), null);
  }

  /** Reads a value with a name; writing it changes what is computed from it. */
  public <A> Value<A> read(String name, int step, int invoker) {
    SourceLine line = recording.begin(name);
    Integer point = points.get(name);
    if (point == null) {
      throw recording.fail(
          "there is no value named '%s' in this run; there are %s. Call an attached module, or apply an edit that does"
              .formatted(name, points.keySet()),
          line);
    }
    if (!recording.blocks().isOfEveryStep(point)) {
      recording.arguments().visible(point, name, line);
    }
    SitePlace place =
        new SitePlace(
            SiteKey.output(name),
            recording.stepHere(step),
            invoker,
            SiteScope.inside(point),
            0,
            recording.value(point).meta(),
            null);
    return recording.sites().read(place, false);
  }

  /**
   * Puts the nodes of an edit in front; the user must not have recorded anything yet.
   *
   * @param edit a graph of one invoker that sees the whole batch
   * @throws PlanningException if the edit does not fit the model, or uses a name of another edit
   */
  public void prepend(Graph edit, SiteMetas sites) {
    Splice splice = new Splice(edit, recording.size(), recording.prompts().size());
    edit.prompts().forEach(recording::addForeign);
    splice.blocks().forEach(recording.blocks()::addClosed);
    Blocks around = new Blocks(splice.blocks());
    Inference inference =
        new Inference(recording::node, node -> recording.value(node).meta(), sites);
    for (Node node : splice.nodes()) {
      recording.addForeign(node, fitting(inference, node), around.around(node.id()));
      if (node instanceof Node.Point point && points.put(point.name(), point.id()) != null) {
        throw new PlanningException(
            point.location(),
            "two edits of this model call a value '%s'; give one of them another name"
                .formatted(point.name()));
      }
    }
    recording.endOfEdits();
  }

  private static Meta fitting(Inference inference, Node node) {
    try {
      return inference.of(node, AtStep.EACH);
    } catch (ShapeException e) {
      throw new PlanningException(
          node.location(),
          "an edit of this model does not fit it: %s".formatted(e.getMessage()),
          e);
    }
  }
}
