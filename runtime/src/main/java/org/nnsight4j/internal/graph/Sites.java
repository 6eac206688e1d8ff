package org.nnsight4j.internal.graph;

import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.family.SiteKey;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.tensor.Meta;
import org.nnsight4j.values.Value;

/** Records reads of the model's sites, and calls and skips of its modules. */
@NotUserCode
public final class Sites {
  private final Recording recording;
  private final BitSet ofAdapters = new BitSet();
  private final List<Adapted> adapted = new ArrayList<>();
  private boolean adapting;

  /** A module that an adapter was added to. */
  private record Adapted(String module, int invoker, SourceLine line) {}

  Sites(Recording recording) {
    this.recording = recording;
  }

  /** Records the read of a site; in a loop over steps, at each of them. */
  public <A> RecordedValue<A> read(SiteKey site, int step, int invoker, int order, Meta meta) {
    return read(own(site, step, invoker, order, meta), false);
  }

  /** Records a read of a site after all writes there, including those that are recorded later. */
  public <A> RecordedValue<A> readSettled(
      SiteKey site, int step, int invoker, int order, Meta meta) {
    return read(own(site, step, invoker, order, meta), true);
  }

  /** Records the read of a site inside a module that was applied. */
  public <A> RecordedValue<A> readInCall(
      SiteKey site, int call, int invoker, int order, Meta meta) {
    SourceLine line = recording.begin("read of " + site);
    recording.arguments().visible(call, site.toString(), line);
    return read(
        new SitePlace(site, AtStep.FIRST, invoker, SiteScope.inside(call), order, meta, null),
        false);
  }

  private SitePlace own(SiteKey site, int step, int invoker, int order, Meta meta) {
    return new SitePlace(
        site, recording.stepHere(step), invoker, SiteScope.OWN_PASS, order, meta, null);
  }

  <A> RecordedValue<A> read(SitePlace place, boolean settled) {
    SourceLine line = recording.begin("read of " + place.site());
    if (!settled) {
      // A cache leaves out modules that do not run.
      recording.writes().checkNotSkipped(place, line);
    }
    Node.Read node =
        new Node.Read(
            recording.size(),
            place.invoker(),
            place.site(),
            place.step(),
            place.scope(),
            settled,
            line);
    return recording.add(node, place.siteMeta(), place);
  }

  /**
   * Records the call of a module.
   *
   * @param attends whether it attends to other positions, so that padding must be known
   */
  public <A> RecordedValue<A> apply(
      String module, int invoker, Value<?> argument, Meta meta, boolean attends) {
    SourceLine line = recording.begin(module);
    RecordedValue<?> own = recording.arguments().value(argument, module, line);
    Rows rows = own.rows();
    if (attends && rows != null && rows.run() != recording && !rows.areEqual()) {
      throw recording.fail(
          "%s attends to other positions, and the rows of the value recorded at %s may differ in length, so that some are padding, which only its own run knows; apply the module there, or give each row an invoker of its own"
              .formatted(module, argument.line()),
          line);
    }
    // Padding is that of the rows from which the value was computed, whichever invoker applies the
    // module.
    int owner = rows == null || rows.run() != recording ? invoker : rows.invoker();
    for (Adapted each : adapted) {
      if (!adapting && isInside(each.module(), module) && shareRows(each.invoker(), owner)) {
        throw recording.fail(
            "%s is applied to a value, which the adapter of %s (added at %s) does not act on; read the model's own values, or apply it in an invoker without the adapter"
                .formatted(module, each.module(), each.line()),
            line);
      }
    }
    return recording.add(
        new Node.Apply(recording.size(), owner, module, own.id(), line), meta, null);
  }

  /**
   * Records that a module is skipped.
   *
   * @param output what is known about its output
   */
  public void skip(
      String module, int step, int invoker, int inputOrder, Meta output, Value<?> value) {
    SitePlace place = own(SiteKey.output(module), step, invoker, inputOrder, output);
    recording.writes().skip(place, SiteKey.input(module), inputOrder, value);
  }

  /**
   * Records what counts from here on as part of one invoker's model, and not as an intervention.
   */
  public void adapt(int invoker, Set<String> modules, Runnable body) {
    SourceLine line = recording.begin("add");
    int from = recording.size();
    adapting = true;
    try {
      body.run();
    } finally {
      adapting = false;
    }
    ofAdapters.set(from, recording.size());
    modules.forEach(module -> adapted.add(new Adapted(module, invoker, line)));
  }

  /**
   * The line on which interventions of this recording read or wrote one invoker's rows of a site,
   * or applied its module; null if there is none.
   */
  public @Nullable SourceLine used(SiteKey site, int invoker) {
    for (int id = recording.edits(); id < recording.size(); id++) {
      Node node = recording.node(id);
      boolean here =
          node instanceof Node.Read read
              ? !read.settled() && isOwn(read.site(), read.scope(), read.invoker(), site, invoker)
              : node instanceof Node.Write write
                  ? isOwn(write.site(), write.scope(), write.invoker(), site, invoker)
                  : node instanceof Node.Apply apply
                      && isInside(site.module(), apply.module())
                      && shareRows(apply.invoker(), invoker);
      if (here && !ofAdapters.get(id)) {
        return node.line();
      }
    }
    return null;
  }

  private boolean isOwn(SiteKey found, SiteScope scope, int owner, SiteKey site, int invoker) {
    return scope.isOwnPass() && found.equals(site) && shareRows(owner, invoker);
  }

  private static boolean isInside(String module, String outer) {
    return outer.isEmpty() || module.equals(outer) || module.startsWith(outer + ".");
  }

  private boolean shareRows(int one, int other) {
    return one == other || recording.writes().isWhole(one) || recording.writes().isWhole(other);
  }

  /** Records that the run ends once everything recorded so far has happened. */
  public void stop() {
    recording.writes().stop();
  }
}
