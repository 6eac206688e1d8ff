package org.example.app;

import java.lang.reflect.InaccessibleObjectException;
import java.lang.reflect.Method;
import org.nnsight4j.LanguageModel;

/** Tries by reflection what javac refuses to compile. */
final class Internals {
  static void tryToReach() throws Exception {
    Class<?> internal = Class.forName("org.nnsight4j.internal.spelling.Similar");
    Method method = internal.getMethod("to", String.class, java.util.Collection.class);
    try {
      method.invoke(null, "word", java.util.List.of("words"));
      System.out.println("internals: called");
    } catch (IllegalAccessException e) {
      System.out.println("internals: refused, " + e.getMessage());
    }
    try {
      method.setAccessible(true);
      System.out.println("internals: opened");
    } catch (InaccessibleObjectException e) {
      System.out.println("internals: closed, " + e.getMessage());
    }
    try {
      LanguageModel.class.getDeclaredFields()[0].setAccessible(true);
      System.out.println("private fields: opened");
    } catch (InaccessibleObjectException e) {
      System.out.println("private fields: closed");
    }
  }

  private Internals() {}
}
