package org.nnsight4j.processor.write;

/** Spells out what an inherited type of the same name would hide. */
final class QualifyHiddenNames implements Rule {
  @Override
  public void execute(ClassContext context) {
    context.type().alwaysQualify(context.model().hidden().toArray(String[]::new));
  }
}
