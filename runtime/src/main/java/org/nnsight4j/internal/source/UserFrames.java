package org.nnsight4j.internal.source;

import java.lang.StackWalker.StackFrame;
import java.util.Objects;
import org.nnsight4j.error.SourceLine;

/** Finds the user's line: the first frame that is neither the runtime's nor a generated proxy's. */
public final class UserFrames {
  private static final StackWalker WALKER =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

  /** Recording must not cost a look at the code source for each frame. */
  private static final ClassValue<Boolean> OURS =
      new ClassValue<>() {
        @Override
        protected Boolean computeValue(Class<?> type) {
          return type.isAnnotationPresent(NotUserCode.class)
              || (type.getSuperclass() != null && get(type.getSuperclass()))
              || isRuntime(type);
        }
      };

  private UserFrames() {}

  public static SourceLine here() {
    return WALKER.walk(
        frames ->
            frames
                // A stream or forEach between us and the user is nobody's line.
                .filter(frame -> !frame.getClassName().startsWith("java."))
                .filter(frame -> !OURS.get(frame.getDeclaringClass()))
                .findFirst()
                .map(UserFrames::line)
                .orElse(SourceLine.UNKNOWN));
  }

  private static SourceLine line(StackFrame frame) {
    String file = Objects.requireNonNullElse(frame.getFileName(), frame.getClassName());
    return new SourceLine(frame.getClassName(), file, frame.getLineNumber());
  }

  /** By code source, not by package: tests and samples share our package names. */
  private static boolean isRuntime(Class<?> type) {
    if (!type.getName().startsWith("org.nnsight4j.")) {
      return false;
    }
    return type.getProtectionDomain().equals(UserFrames.class.getProtectionDomain());
  }
}
