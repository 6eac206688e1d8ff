package org.nnsight4j.server.job;

import java.util.List;

/**
 * What a run has generated so far.
 *
 * @param run which run of its request, from 0
 * @param newIds the new tokens of each sequence
 */
public record NewTokens(int run, List<List<Long>> newIds) {
  public NewTokens {
    newIds = newIds.stream().map(List::copyOf).toList();
  }
}
