package org.nnsight4j.server.access;

import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.store.ApiKeys;

/** The sender of a request, identified by its key. */
public record Caller(String keyId, String owner, ApiKeys.Role role, Priority highestPriority) {
  public boolean admin() {
    return role == ApiKeys.Role.ADMIN;
  }
}
