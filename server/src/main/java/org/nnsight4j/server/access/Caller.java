package org.nnsight4j.server.access;

import org.nnsight4j.server.job.Priority;
import org.nnsight4j.server.store.ApiKeys;

/** Who sent a request, as its key says. */
public record Caller(String keyId, String owner, ApiKeys.Role role, Priority highestPriority) {
  public boolean admin() {
    return role == ApiKeys.Role.ADMIN;
  }
}
