package org.nnsight4j.mirror;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.wire.RunRequest;

/** Another place where the runs of the tests happen as well; see {@link Mirror}. */
public interface Elsewhere {
  List<Optional<Result>> run(RunRequest request, Path checkpoint, LoadSettings settings);

  /** Whether what fails here is to fail there too, in the same words. */
  default boolean comparesFailures() {
    return true;
  }
}
