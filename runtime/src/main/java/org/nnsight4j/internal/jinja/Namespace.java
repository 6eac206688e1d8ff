package org.nnsight4j.internal.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** What {@code namespace()} gives: names that a loop can set for what is around it. */
final class Namespace {
  final Map<String, Object> names = new LinkedHashMap<>();
}
