package org.nnsight4j.internal.jinja;

import java.util.LinkedHashMap;
import java.util.Map;

/** The value of {@code namespace()}: names that a loop can set for the code around it. */
final class Namespace {
  final Map<String, Object> names = new LinkedHashMap<>();
}
