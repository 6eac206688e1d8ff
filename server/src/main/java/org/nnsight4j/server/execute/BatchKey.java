package org.nnsight4j.server.execute;

/**
 * What a request has in common with others that it might share a run with.
 *
 * @param key equal for requests that are alike
 * @param budget what the request costs
 */
public record BatchKey(String key, Budget budget) {
  /** The key of runs that are not alike, and that can join others at each token. */
  public static final String JOINS = "joins at each token";

  /** Whether the run can join others while they run. */
  public boolean joins() {
    return key.equals(JOINS);
  }
}
