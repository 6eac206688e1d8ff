package org.nnsight4j.internal.jinja;

/** A template cannot be read, cannot be rendered, or refuses what it was given. */
public final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TemplateException(String message) {
    super(message);
  }
}
