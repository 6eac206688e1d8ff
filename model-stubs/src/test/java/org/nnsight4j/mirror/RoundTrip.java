package org.nnsight4j.mirror;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.stream.Collectors;
import java.util.stream.Stream;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.internal.host.HostedModel;
import org.nnsight4j.internal.request.Result;
import org.nnsight4j.internal.wire.ResultFile;
import org.nnsight4j.internal.wire.RunRequest;

/** The bytes that a server would get, read and run in this process (nnsight's "local" backend). */
public final class RoundTrip implements Elsewhere {
  private static final int OPEN = 4;

  /** Where a result is written that nobody keeps: in memory, where there is such a place. */
  private static final Path PLACE =
      Stream.of(Path.of("/dev/shm"), Path.of(System.getProperty("java.io.tmpdir")))
          .filter(Files::isWritable)
          .findFirst()
          .orElseThrow();

  /** By the state of the files: a test may write others in their place. */
  private final Map<String, HostedModel> models = new LinkedHashMap<>(16, 0.75f, true);

  @Override
  public List<Optional<Result>> run(RunRequest request, Path checkpoint, LoadSettings settings) {
    RunRequest again = RunRequest.read(request.toBytes());
    if (!again.equals(request)) {
      throw new IllegalStateException("the request changed on its way through bytes: " + again);
    }
    Path file = null;
    try {
      file = Files.createTempFile(PLACE, "roundtrip", ".safetensors");
      model(checkpoint, settings).run(again, file, (run, pass, most) -> {});
      return ResultFile.read(file);
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    } finally {
      delete(file);
    }
  }

  /** Tests of what fails damage files, close models and end threads, which is not seen there. */
  @Override
  public boolean comparesFailures() {
    return false;
  }

  private static void delete(Path file) {
    try {
      if (file != null) {
        Files.deleteIfExists(file);
      }
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private synchronized HostedModel model(Path checkpoint, LoadSettings settings) {
    String state = state(checkpoint) + settings;
    HostedModel model = models.get(state);
    if (model == null) {
      if (models.size() == OPEN) {
        models.remove(models.keySet().iterator().next()).close();
      }
      model = HostedModel.open(checkpoint, settings);
      models.put(state, model);
    }
    return model;
  }

  /** Path, size and time of each file of a directory. */
  public static String state(Path checkpoint) {
    try (Stream<Path> files = Files.list(checkpoint)) {
      return files.sorted().map(RoundTrip::fileState).collect(Collectors.joining("\n"));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }

  private static String fileState(Path file) {
    try {
      return "%s %s %s".formatted(file, Files.size(file), Files.getLastModifiedTime(file));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
  }
}
