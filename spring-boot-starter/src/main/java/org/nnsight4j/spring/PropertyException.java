package org.nnsight4j.spring;

/** A property of nnsight4j is missing or wrong; says which, and what to do. */
public final class PropertyException extends IllegalArgumentException {
  private static final long serialVersionUID = 1L;

  private final String property;
  private final String action;

  /**
   * @param property below {@code nnsight4j.}
   * @param found what was expected and what was found
   * @param action what to do
   */
  PropertyException(String property, String found, String action) {
    super("nnsight4j.%s: %s".formatted(property, found));
    this.property = "nnsight4j." + property;
    this.action = action;
  }

  PropertyException(String property, String found, String action, Throwable cause) {
    this(property, found, action);
    initCause(cause);
  }

  /** The whole name of the property. */
  public String property() {
    return property;
  }

  /** What to do. */
  public String action() {
    return action;
  }
}
