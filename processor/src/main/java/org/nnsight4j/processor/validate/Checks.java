package org.nnsight4j.processor.validate;

import java.util.List;
import org.nnsight4j.processor.declare.ArchitectureDeclaration;
import org.nnsight4j.processor.declare.Inheritance;
import org.nnsight4j.processor.report.Report;
import org.nnsight4j.processor.snapshot.SnapshotFiles;

/** All rules, in the order in which they run. */
public final class Checks {
  private Checks() {}

  public static List<Check> all(Inheritance inheritance) {
    return List.of(
        new InterfacesOnly(),
        new NoTypeParameters(),
        new NamedArchitecture(),
        new ShortName(),
        new OpenLayers(),
        new OneKind(),
        new Reachable(),
        new ReservedNames(inheritance),
        new NoGenericMethods(),
        new NoThrows(),
        new OneIndex(),
        new ReturnsALayer(),
        new WellFormedPaths(),
        new WellFormedShapes(),
        new DistinctPaths(),
        new AcyclicLayers(),
        new MissingTypes(inheritance));
  }

  /** The last rule, which compares a descriptor with the snapshot that it is pinned to. */
  public static Check pinned(SnapshotFiles snapshots) {
    return new AgreesWithSnapshot(snapshots);
  }

  public static Report run(List<Check> checks, ArchitectureDeclaration descriptor) {
    Report report = Report.CLEAN;
    for (Check check : checks) {
      report = report.plus(check.check(descriptor, report));
    }
    return report;
  }
}
