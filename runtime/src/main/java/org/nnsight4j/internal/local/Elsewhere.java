package org.nnsight4j.internal.local;

import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.wire.RunRequest;

/** Another place where the runs of this process can happen as well; see {@link Mirror}. */
interface Elsewhere {
  List<Optional<Result>> run(RunRequest request, Path checkpoint);
}
