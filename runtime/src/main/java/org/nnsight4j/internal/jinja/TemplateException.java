package org.nnsight4j.internal.jinja;

/** A template cannot be parsed, cannot be rendered, or rejects its variables. */
public final class TemplateException extends RuntimeException {
  private static final long serialVersionUID = 1L;

  public TemplateException(String message) {
    super(message);
  }
}
