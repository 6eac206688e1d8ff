package org.nnsight4j.remote;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A model of a server.
 *
 * @param workers how many jobs of it run at a time; none while nobody serves it
 * @param description what its kind says of it, as JSON
 */
public record RemoteModel(String name, String kind, int workers, String description) {
  static RemoteModel of(JsonNode json) {
    return new RemoteModel(
        json.path("name").asText(),
        json.path("kind").asText(),
        json.path("workers").asInt(),
        json.path("description").toString());
  }
}
