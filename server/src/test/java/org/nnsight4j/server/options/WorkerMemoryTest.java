package org.nnsight4j.server.options;

import static com.google.common.truth.Truth.assertThat;

import java.nio.file.Path;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.server.execute.ModelSpec;

final class WorkerMemoryTest {
  private static final long GB = 1L << 30;

  private static Limits limits(long machine, int workers, String heap) {
    return WorkerMemory.limits(
        ServerOptions.local(Path.of("data"), List.of(new ModelSpec("m", "test", "", workers)))
            .withWorkerHeap(heap),
        machine);
  }

  @Test
  void aLargeMachineKeepsTheLimits() {
    Limits limits = limits(64 * GB, 2, "1g");
    assertThat(limits.of(Limit.WORKER_BYTES)).isEqualTo(16 * GB);
    assertThat(limits.of(Limit.BYTES)).isEqualTo(8 * GB);
  }

  /** What a request may take in a container of 3 GB, so that it is refused and ends no worker. */
  @Test
  void aSmallOneHasLess() {
    Limits limits = limits(3 * GB, 1, "1g");
    assertThat(limits.of(Limit.WORKER_BYTES)).isEqualTo(9 * GB / 4);
    assertThat(limits.of(Limit.BYTES)).isEqualTo(5 * GB / 4);
    assertThat(limits(3 * GB, 3, "512m").of(Limit.BYTES)).isEqualTo(GB / 4);
    assertThat(limits(3 * GB, 3, "2g").of(Limit.BYTES)).isEqualTo(3 * GB / 16);
  }
}
