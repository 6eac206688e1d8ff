package org.nnsight4j.internal.source;

import java.lang.StackWalker.StackFrame;
import java.util.Arrays;
import java.util.Map;
import java.util.Optional;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.SourceLine;

/**
 * Finds the user's line: the first frame that is neither the runtime's, nor a generated proxy's,
 * nor one of our other modules that record for the user.
 */
public final class UserFrames {
  private static final StackWalker WALKER =
      StackWalker.getInstance(StackWalker.Option.RETAIN_CLASS_REFERENCE);

  /** Our other modules that record for a user: their packages, and a class that each has. */
  private static final Map<String, String> COMPANIONS =
      Map.of(
          "org.nnsight4j.toolkit.", "org.nnsight4j.toolkit.Progress",
          "org.nnsight4j.junit.", "org.nnsight4j.junit.ModelAssert",
          "org.nnsight4j.harvest.", "org.nnsight4j.harvest.Columns");

  /** Cached, so that recording does not look up the code source for each frame. */
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
                // Frames of a stream or forEach between us and the user do not count.
                .filter(frame -> !frame.getClassName().startsWith("java."))
                .filter(frame -> !OURS.get(frame.getDeclaringClass()))
                .findFirst()
                .map(UserFrames::line)
                .orElse(SourceLine.UNKNOWN));
  }

  /**
   * The same error with a stack that begins in the user's code; the frames above are internals of
   * the runtime, and a cause still has them.
   */
  public static <E extends Nnsight4jException> E trimmed(E error) {
    Optional<StackTraceElement> user =
        WALKER.walk(
            frames ->
                frames
                    .filter(frame -> !frame.getClassName().startsWith("java."))
                    .filter(frame -> !OURS.get(frame.getDeclaringClass()))
                    .findFirst()
                    .map(StackFrame::toStackTraceElement));
    StackTraceElement[] stack = error.getStackTrace();
    for (int i = 0; i < stack.length && user.isPresent(); i++) {
      if (isSame(stack[i], user.get())) {
        error.setStackTrace(Arrays.copyOfRange(stack, i, stack.length));
        break;
      }
    }
    return error;
  }

  /** The call may have continued on a later line of the same method. */
  private static boolean isSame(StackTraceElement one, StackTraceElement other) {
    return one.getClassName().equals(other.getClassName())
        && one.getMethodName().equals(other.getMethodName());
  }

  private static SourceLine line(StackFrame frame) {
    String file = frame.getFileName();
    if (file == null) { // compiled with -g:none, or by a shrinker that drops it
      file = frame.getClassName() + "." + frame.getMethodName();
    }
    return new SourceLine(frame.getClassName(), file, frame.getLineNumber());
  }

  /** By code source, not by package: tests and samples share our package names. */
  private static boolean isRuntime(Class<?> type) {
    if (!type.getName().startsWith("org.nnsight4j.")) {
      return false;
    }
    return type.getProtectionDomain().equals(UserFrames.class.getProtectionDomain())
        || COMPANIONS.entrySet().stream()
            .anyMatch(
                each ->
                    type.getName().startsWith(each.getKey())
                        && isFromTheSamePlace(type, each.getValue()));
  }

  private static boolean isFromTheSamePlace(Class<?> type, String known) {
    try {
      Class<?> own = Class.forName(known, false, type.getClassLoader());
      return type.getProtectionDomain().equals(own.getProtectionDomain());
    } catch (ClassNotFoundException e) {
      return false; // A user's package of the same name.
    }
  }
}
