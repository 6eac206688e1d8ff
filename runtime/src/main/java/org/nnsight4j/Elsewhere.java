package org.nnsight4j;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.nnsight4j.remote.RunRequest;
import org.nnsight4j.run.Result;

/** Another place where the runs of this process can happen as well; see {@link Mirror}. */
interface Elsewhere {
  List<Optional<Result>> run(RunRequest request, Path checkpoint);
}
