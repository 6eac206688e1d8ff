package org.nnsight4j.internal.graph;

import java.util.ArrayList;
import java.util.List;
import org.nnsight4j.error.ShapeException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.op.Assignability;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.values.Value;

/** Records what changes the model's own computation: writes, skips, an early end. */
final class Writes {
  private final Recording recording;
  private final List<Node.Skip> skips = new ArrayList<>();
  private final List<Node.Read> reads = new ArrayList<>();

  Writes(Recording recording) {
    this.recording = recording;
  }

  /** Records that the site of {@code target} gets another value. */
  void write(RecordedValue<?> target, Value<?> value) {
    if (recording.parameters().has(target)) {
      recording.parameters().write(target, value);
      return;
    }
    SourceLine line = recording.begin("set");
    recording.arguments().node(target, "set", line);
    RecordedValue<?> replacement = recording.arguments().value(value, "set", line);
    SitePlace place = target.place();
    if (place == null) {
      throw recording.fail(
          "set() replaces a module's input or output or a part of it; this value is the result of "
              + target.describe()
              + ". Call set() on the site itself",
          line);
    }
    checkLoop(place, line);
    checkWritable(place.toString(), target.meta(), replacement.meta(), line);
    checkTime("written to " + place.site(), place, replacement, line);
    RecordedValue<?> whole = replacement;
    SitePlace.Part part = place.part();
    if (part != null) {
      SitePlace all =
          new SitePlace(
              place.site(),
              place.step(),
              place.invoker(),
              place.scope(),
              place.order(),
              place.siteMeta(),
              null);
      whole = part.merge().apply(recording.sites().read(all, false), replacement);
    }
    Node.Write node =
        new Node.Write(
            recording.size(),
            place.invoker(),
            place.site(),
            place.step(),
            place.scope(),
            whole.id(),
            line);
    recording.add(node, whole.meta(), null);
  }

  /** Records that a module is skipped for the rows of one invoker. */
  void skip(SitePlace output, SiteKey input, int inputOrder, Value<?> value) {
    SourceLine line = recording.begin("skip");
    RecordedValue<?> replacement = recording.arguments().value(value, "skip", line);
    String module = input.module();
    checkWritable(module + " skipped", output.siteMeta(), replacement.meta(), line);
    SitePlace place =
        new SitePlace(
            input,
            output.step(),
            output.invoker(),
            SiteScope.OWN_PASS,
            inputOrder,
            output.siteMeta(),
            null);
    checkTime("that " + module + " is skipped with", place, replacement, line);
    Node.Skip skip =
        new Node.Skip(
            recording.size(), output.invoker(), module, output.step(), replacement.id(), line);
    if (recording.blocks().around().stream().noneMatch(ControlBlock.Branch.class::isInstance)) {
      for (Node.Read read : reads) {
        if (isInside(read, skip)) {
          throw recording.fail(
              "%s is inside %s, which does not run when it is skipped; the site was used at %s"
                  .formatted(read.site(), module, read.line()),
              line);
        }
      }
      skips.add(skip);
    }
    recording.add(skip, output.siteMeta(), null);
  }

  /** Refuses sites inside a module that is skipped for the same rows. */
  void checkNotSkipped(SitePlace place, SourceLine line) {
    Node.Read read =
        new Node.Read(
            recording.size(),
            place.invoker(),
            place.site(),
            place.step(),
            place.scope(),
            false,
            line);
    if (!place.scope().isOwnPass()
        || recording.blocks().around().stream().anyMatch(ControlBlock.Branch.class::isInstance)) {
      return;
    }
    for (Node.Skip skip : skips) {
      if (isInside(read, skip)) {
        throw recording.fail(
            "%s is inside %s, which does not run: it is skipped at %s"
                .formatted(place.site(), skip.module(), skip.line()),
            line);
      }
    }
    reads.add(read);
  }

  private boolean isInside(Node.Read read, Node.Skip skip) {
    boolean inside = read.site().module().startsWith(skip.module() + ".");
    boolean sameStep = read.step().equals(skip.step());
    boolean sameRows =
        read.invoker() == skip.invoker() || isWhole(read.invoker()) || isWhole(skip.invoker());
    return inside && sameStep && sameRows;
  }

  boolean isWhole(int invoker) {
    return recording.prompts().get(invoker) instanceof Prompt.Whole;
  }

  /** Records that the run ends once everything recorded so far has happened. */
  void stop() {
    SourceLine line = recording.begin("stop");
    int latest = -1;
    Moment last = Moment.START;
    for (int node = recording.edits(); node < recording.size(); node++) {
      Moment moment = recording.moments().finished(node, recording.blocks().loop());
      boolean ends = moment.step() < ControlBlock.Steps.OPEN - 1;
      if (ends && (latest < 0 || moment.compareTo(last) >= 0)) {
        latest = node;
        last = moment;
      }
    }
    if (latest < 0) {
      throw recording.fail(
          "stop() ends the run after what is recorded before it, and there is nothing, or only a loop without end; record a read first, or call stop() inside the loop",
          line);
    }
    if (recording.moments().decided(recording.blocks().around()).step() == Moment.END.step()) {
      throw recording.fail(
          "stop() stands under a condition that is known only after the last step, when there is nothing to stop; decide by a value of a step",
          line);
    }
    Meta none = recording.value(latest).meta();
    recording.add(new Node.Stop(recording.size(), latest, line), none, null);
  }

  void checkWritable(String where, Meta place, Meta value, SourceLine line) {
    recording.checked(
        "set",
        line,
        () -> {
          try {
            Assignability.check(place, value);
          } catch (ShapeException e) {
            throw new ShapeException(where + ": " + e.getMessage());
          }
          return place;
        });
  }

  private void checkLoop(SitePlace place, SourceLine line) {
    ControlBlock.Steps loop = recording.blocks().loop();
    if (loop != null && !place.step().isEach() && place.scope().isOwnPass()) {
      throw recording.fail(
          "set: %s was read outside the loop opened at %s, at %s; read it inside the loop to write it at each step"
              .formatted(place.site(), loop.line(), place.step()),
          line);
    }
  }

  /** A written value must exist when the forward pass reaches its site. */
  private void checkTime(String what, SitePlace place, RecordedValue<?> value, SourceLine line) {
    Node.Write probe =
        new Node.Write(
            recording.size(),
            place.invoker(),
            place.site(),
            place.step(),
            place.scope(),
            value.id(),
            line);
    Moments probing = recording.moments();
    Moment moment = probing.preview(probe, recording.blocks().around());
    if (value.moment().compareTo(moment) > 0) {
      throw recording.fail(
          "the value %s at %s depends on a later site (%s); it does not exist yet at that point of the forward pass. A session takes it from an earlier run of the same prompt: model.session(session -> ...)"
              .formatted(what, place.step(), latestSite(value)),
          line);
    }
    if (probing.decided(recording.blocks().around()).compareTo(moment) > 0) {
      throw recording.fail(
          "the value %s at %s stands under a condition that is known only later in the forward pass"
              .formatted(what, place.step()),
          line);
    }
  }

  /** The site of a value's moment. */
  private String latestSite(RecordedValue<?> value) {
    for (int node = 0; node < recording.size(); node++) {
      if (recording.node(node) instanceof Node.Read read
          && isAt(recording.moments().of(node), value.moment())) {
        return read.site().toString();
      }
    }
    return value.moment().equals(Moment.END)
        ? "the end of a loop over steps"
        : "step " + value.moment().step();
  }

  private static boolean isAt(Moment read, Moment value) {
    return read.step() == value.step() && read.site() == value.site() && read.site() >= 0;
  }
}
