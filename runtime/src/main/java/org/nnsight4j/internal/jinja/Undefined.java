package org.nnsight4j.internal.jinja;

/**
 * What a name or key leads to that is not there: printed as nothing, and an error where it is used.
 *
 * @param why what is said then
 */
record Undefined(String why) {
  TemplateException error() {
    return new TemplateException(why);
  }
}
