package org.nnsight4j.junit;

/** What happens when an assertion fails: JUnit throws, Truth and AssertJ have ways of their own. */
@FunctionalInterface
public interface Failures {
  /** Reports one failed assertion. It may return, if failures are collected. */
  void fail(String message);
}
