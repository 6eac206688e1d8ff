package org.nnsight4j.server.graph;

import java.nio.file.Path;
import java.util.Optional;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.internal.digest.Sha256;
import org.nnsight4j.server.execute.ExecutorKind;
import org.nnsight4j.server.execute.JobExecutor;
import org.nnsight4j.server.execute.ModelSpec;
import org.nnsight4j.server.execute.RequestCheck;
import org.nnsight4j.server.execute.TextRequests;
import org.nnsight4j.server.text.TextModel;

/** Language models: a location is a Hugging Face model directory, a request is a recorded run. */
public final class GraphKind implements ExecutorKind {
  public static final String NAME = "graph";

  @Override
  public String name() {
    return NAME;
  }

  @Override
  public String describe(ModelSpec spec) {
    return ModelDescription.read(Path.of(spec.location()), settings(spec)).toJson();
  }

  @Override
  public String digest(ModelSpec spec) {
    String files = SampledDigest.of(Path.of(spec.location()));
    // The same files give other numbers when they are opened otherwise.
    return files.isEmpty() || spec.settings().isEmpty()
        ? files
        : new Sha256().add(files + " " + settings(spec).text()).hex();
  }

  @Override
  public RequestCheck check(String description) {
    return new GraphRequestCheck(ModelDescription.fromJson(description), TextLengths.UNKNOWN);
  }

  @Override
  public RequestCheck check(String description, ModelSpec spec) {
    return new GraphRequestCheck(
        ModelDescription.fromJson(description), TextLengths.of(Path.of(spec.location())));
  }

  @Override
  public Optional<TextRequests> texts(ModelSpec spec) {
    return Optional.of(new TextModel(Path.of(spec.location()), settings(spec)));
  }

  @Override
  public JobExecutor open(ModelSpec spec) {
    return new GraphExecutor(Path.of(spec.location()), settings(spec));
  }

  private static LoadSettings settings(ModelSpec spec) {
    return LoadSettings.of(spec.settings());
  }
}
