package org.nnsight4j.internal.jinja;

import java.util.List;

/** A part of a template that writes text. */
interface Statement {
  /** What happens next in the loop around. */
  enum Next {
    GO_ON,
    CONTINUE,
    BREAK
  }

  Next run(Names scope, StringBuilder out);

  /** One after the other. */
  static Statement all(List<Statement> parts) {
    List<Statement> statements = List.copyOf(parts);
    return (scope, out) -> {
      for (Statement each : statements) {
        Next next = each.run(scope, out);
        if (next != Next.GO_ON) {
          return next;
        }
      }
      return Next.GO_ON;
    };
  }
}
