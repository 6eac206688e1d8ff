package org.nnsight4j.internal.jinja;

/**
 * The value of a name or key that does not exist: printed as nothing, and an error if it is used.
 *
 * @param why the message of that error
 */
record Undefined(String why) {
  TemplateException error() {
    return new TemplateException(why);
  }
}
