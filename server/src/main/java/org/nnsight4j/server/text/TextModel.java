package org.nnsight4j.server.text;

import com.fasterxml.jackson.databind.JsonNode;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.OpenOptions;
import org.nnsight4j.Scan;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.engine.LoadSettings;
import org.nnsight4j.error.Nnsight4jException;
import org.nnsight4j.error.RecordingException;
import org.nnsight4j.family.DecoderPlaces;
import org.nnsight4j.internal.spelling.Shown;
import org.nnsight4j.server.execute.TextCall;
import org.nnsight4j.server.execute.TextRequests;
import org.nnsight4j.server.problem.ProblemException;
import org.nnsight4j.server.problem.ProblemKind;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;
import org.nnsight4j.values.Saved;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A model directory for requests of texts: its configuration and tokenizer, without weights. */
public final class TextModel implements TextRequests {
  private static final Logger LOG = LoggerFactory.getLogger(TextModel.class);
  private final Path directory;
  private final LoadSettings settings;
  private final Map<String, Integer> widths = new ConcurrentHashMap<>();
  private @Nullable LanguageModel<AnyModel> model;

  /**
   * A model whose files are read at the first request.
   *
   * @param settings how workers open it
   */
  public TextModel(Path directory, LoadSettings settings) {
    this.directory = directory;
    this.settings = settings;
  }

  /** The model, for recordings. */
  synchronized LanguageModel<AnyModel> model() {
    if (model == null) {
      model = LanguageModel.open(directory, OpenOptions.defaults().dtype(settings.run()));
    }
    return model;
  }

  /**
   * How wide a place of the model is.
   *
   * @param param the field that names it
   * @throws ProblemException if the model has no such place
   */
  int width(String site, String param) {
    try {
      return widths.computeIfAbsent(site, this::scanned);
    } catch (RecordingException e) {
      throw Fields.wrong(param, String.valueOf(e.getMessage()));
    }
  }

  private int scanned(String site) {
    Scan<Saved<Axis>> scan =
        model()
            .scan(
                generator ->
                    generator.invoke(new long[] {0}, invoker -> invoker.model().hook(site).save()));
    Dims dims = scan.of(scan.result()).dims();
    if (dims.rank() != 3 || !dims.get(1).is(Dim.POSITION)) {
      throw new RecordingException(
          "expected a place with a vector for each token, '%s' has the shape %s; such places are read by a job"
              .formatted(site, dims));
    }
    return Math.toIntExact(dims.get(2).size());
  }

  private List<DecoderPlaces.Layer> places() {
    DecoderPlaces places = model().blueprint().decoder();
    if (places == null) {
      throw new ProblemException(
          ProblemKind.BAD_REQUEST.with(
              "expected a model that continues texts, found the architecture '%s'; send it jobs"
                  .formatted(model().blueprint().architecture())));
    }
    return places.layers();
  }

  /** How many layers there are. */
  int layers() {
    return places().size();
  }

  /** The output of a layer, as a site. */
  String layerSite(int layer) {
    return places().get(layer).module() + ".output";
  }

  /** The width of the residual stream. */
  int hiddenWidth() {
    return width(layerSite(0), "layer");
  }

  /** How many tokens a text may have, with new ones. */
  int positions() {
    return model().blueprint().maxPositions();
  }

  @Override
  public TextCall read(Form form, JsonNode request, long seed) {
    try {
      return switch (form) {
        case CHAT -> GenerationCall.chat(this, request, seed);
        case COMPLETION -> GenerationCall.completion(this, request, seed);
        case EMBEDDING -> EmbeddingCall.of(this, request);
      };
    } catch (Nnsight4jException e) {
      LOG.debug("a request was refused: {}", Shown.line(e.toString()));
      throw new ProblemException(ProblemKind.BAD_REQUEST.with(String.valueOf(e.getMessage())));
    }
  }
}
