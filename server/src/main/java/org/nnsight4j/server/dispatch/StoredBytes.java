package org.nnsight4j.server.dispatch;

import java.util.LinkedHashMap;
import java.util.Map;
import org.nnsight4j.server.store.JobReads;

/** The bytes of each user's results, including those being written, as of a few seconds ago. */
final class StoredBytes {
  private static final long FRESH_NANOS = 5_000_000_000L;
  private static final int REMEMBERED = 1000;

  private record Known(long bytes, long at) {}

  private final JobReads jobs;
  private final ResultFiles results;
  private final Map<String, Known> known =
      new LinkedHashMap<>(16, 0.75f, true) {
        private static final long serialVersionUID = 1;

        @Override
        protected boolean removeEldestEntry(Map.Entry<String, Known> eldest) {
          return size() > REMEMBERED;
        }
      };

  StoredBytes(JobReads jobs, ResultFiles results) {
    this.jobs = jobs;
    this.results = results;
  }

  synchronized long of(String owner) {
    long now = System.nanoTime();
    Known last = known.get(owner);
    if (last == null || now - last.at > FRESH_NANOS) {
      last = new Known(jobs.storedBytes(owner) + unpublished(owner), now);
      known.put(owner, last);
    }
    return last.bytes;
  }

  private long unpublished(String owner) {
    return results.unpublished().entrySet().stream()
        .filter(file -> jobs.owner(file.getKey()).filter(owner::equals).isPresent())
        .mapToLong(Map.Entry::getValue)
        .sum();
  }
}
