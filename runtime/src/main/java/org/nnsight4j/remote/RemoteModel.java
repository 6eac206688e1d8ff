package org.nnsight4j.remote;

import com.fasterxml.jackson.databind.JsonNode;

/**
 * A model on a server.
 *
 * @param workers how many of its jobs can run at a time; 0 while no process serves it
 * @param description details that depend on the kind, as JSON
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
