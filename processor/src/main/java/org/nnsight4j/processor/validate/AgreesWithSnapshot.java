package org.nnsight4j.processor.validate;

import java.util.List;
import java.util.Optional;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.Mark;
import org.nnsight4j.processor.model.RuntimeNames;
import org.nnsight4j.processor.report.DiagnosticKind;
import org.nnsight4j.processor.report.Report;
import org.nnsight4j.processor.snapshot.BadSnapshotException;
import org.nnsight4j.processor.snapshot.Snapshot;
import org.nnsight4j.processor.snapshot.SnapshotFiles;

/** A pinned descriptor agrees with its snapshot; one that is not pinned has no counts. */
final class AgreesWithSnapshot implements Check {
  private final SnapshotFiles files;

  AgreesWithSnapshot(SnapshotFiles files) {
    this.files = files;
  }

  @Override
  public Report check(ArchitectureDeclaration descriptor, Report soFar) {
    Optional<Mark> pinned = Mark.of(descriptor.element(), RuntimeNames.PINNED);
    if (pinned.isEmpty()) {
      return new Report(
          descriptor.all().stream()
              .flatMap(layer -> layer.children().stream())
              .flatMap(child -> child.index().stream())
              .flatMap(
                  index ->
                      index
                          .number("count")
                          .map(
                              count ->
                                  index.faultAt(
                                      "count",
                                      DiagnosticKind.COUNT_NOT_PINNED,
                                      count,
                                      descriptor.element().getSimpleName()))
                          .stream())
              .toList());
    }
    return pinned
        .get()
        .text()
        .map(name -> against(descriptor, pinned.get(), name, soFar))
        .orElse(Report.CLEAN);
  }

  private Report against(
      ArchitectureDeclaration descriptor, Mark pinned, String name, Report soFar) {
    String home = descriptor.packageElement().getQualifiedName().toString();
    Optional<Snapshot> found;
    try {
      found = files.find(home, name);
    } catch (BadSnapshotException e) {
      return one(pinned, DiagnosticKind.BAD_SNAPSHOT, name, e.reason());
    }
    if (found.isEmpty()) {
      String folder = home.isEmpty() ? name : home.replace('.', '/') + "/" + name;
      return one(
          pinned,
          DiagnosticKind.SNAPSHOT_MISSING,
          name,
          home.isEmpty() ? "(unnamed)" : home,
          folder);
    }
    String architecture = descriptor.mark().text().orElse("");
    if (!found.get().architecture().equals(architecture)) {
      return one(
          pinned, DiagnosticKind.WRONG_SNAPSHOT, found.get().architecture(), name, architecture);
    }
    return new SnapshotComparison(descriptor, found.get(), soFar).compare();
  }

  private static Report one(Mark pinned, DiagnosticKind message, Object... arguments) {
    return new Report(List.of(pinned.fault(message, arguments)));
  }
}
