package org.nnsight4j.harvest.job;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.node.ObjectNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.checkpoint.SafetensorsHeader;
import org.nnsight4j.internal.digest.Sha256;

/** The name of what a request computes: its graph and constants, without lines of source code. */
final class GraphDigest {
  private static final List<String> LINES = List.of("line", "lines");

  private GraphDigest() {}

  static String of(byte[] request) {
    // Sorted: the order of an unmodifiable map differs between processes.
    Map<String, String> metadata =
        new TreeMap<>(SafetensorsHeader.parse(Path.of("(graph of a harvest)"), request).metadata());
    Sha256 digest = new Sha256();
    metadata.forEach(
        (name, text) ->
            digest.add(name + " " + withoutLines(HarvestJson.parse(name, text)) + "\n"));
    Safetensors.read(request)
        .forEach(
            (name, tensor) -> {
              digest.add(name + " " + tensor.header() + "\n");
              digest.add(tensor.bytes());
            });
    return digest.hex();
  }

  private static JsonNode withoutLines(JsonNode json) {
    if (json instanceof ObjectNode object) {
      object.remove(LINES);
    }
    json.forEach(GraphDigest::withoutLines);
    return json;
  }
}
