package org.nnsight4j.models.decoder;

import org.jspecify.annotations.Nullable;
import org.nnsight4j.engine.Module;
import org.nnsight4j.engine.Parts;
import org.nnsight4j.family.Blueprint;
import org.nnsight4j.models.decoder.DecoderSpec.Norm;
import org.nnsight4j.models.decoder.DecoderSpec.Projection;
import org.nnsight4j.tensor.Dim;
import org.nnsight4j.tensor.Dims;

/** The leaf modules of the tree. */
final class Leaves {
  private Leaves() {}

  /** One row of a matrix for each id or position. */
  static final class Embedding extends Part.Leaf {
    private final int rows;
    private final int width;
    private final String axis;
    private final @Nullable ScaledTokens scaled;
    private final Edges.@Nullable Places places;

    /** An embedding of positions. */
    Embedding(String path, int rows, int width, Edges.@Nullable Places places) {
      super(path, places == null ? "Embedding" : places.type());
      this.rows = places == null ? rows : places.first() + rows;
      this.axis = "hidden";
      this.width = width;
      this.scaled = null;
      this.places = places;
    }

    /** An embedding of tokens. */
    Embedding(String path, int rows, String axis, int width, @Nullable ScaledTokens scaled) {
      super(path, scaled == null ? "Embedding" : scaled.type());
      this.rows = rows;
      this.axis = axis;
      this.width = width;
      this.scaled = scaled;
      this.places = null;
    }

    @Override
    boolean takesIds() {
      return true;
    }

    @Override
    Dims output(Dims ids) {
      return Sizes.row(axis, width);
    }

    @Override
    void parameters(Blueprint.Builder tree) {
      tree.parameter(path() + ".weight", rows, width);
    }

    @Override
    Module module(Parts parts) {
      if (places != null) {
        return parts.embedding(path(), (long) places.first());
      }
      return scaled == null ? parts.embedding(path()) : parts.embedding(path(), scaled.factor());
    }
  }

  /** A linear layer. */
  static final class Linear extends Part.Leaf {
    private final Projection projection;
    private final int in;
    private final Dim out;

    Linear(String path, Projection projection, int in, String axis, int out) {
      super(path, projection.layout().type());
      this.projection = projection;
      this.in = in;
      this.out = Dim.named(axis, out);
    }

    @Override
    Dims output(Dims input) {
      return Dims.of(input.get(0), input.get(1), out);
    }

    @Override
    void parameters(Blueprint.Builder tree) {
      switch (projection.layout()) {
        case LINEAR, FALCON -> tree.parameter(path() + ".weight", out.size(), in);
        case CONV1D -> tree.parameter(path() + ".weight", in, out.size());
      }
      if (projection.bias()) {
        tree.parameter(path() + ".bias", out.size());
      }
    }

    @Override
    Module module(Parts parts) {
      return switch (projection.layout()) {
        case LINEAR, FALCON ->
            projection.bias()
                ? parts.biasedLinear(path())
                : parts.linear(path(), path() + ".weight");
        case CONV1D -> parts.conv1d(path());
      };
    }
  }

  /** The unembedding; its matrix may be the token embedding's. */
  static final class Unembedding extends Part.Leaf {
    private final Sizes sizes;
    private final DecoderSpec.Head head;
    private final int width;
    private final String tokens;

    Unembedding(DecoderSpec.Head head, Sizes sizes, int width, String tokens) {
      super(head.name(), "Linear");
      this.sizes = sizes;
      this.head = head;
      this.width = width;
      this.tokens = tokens;
    }

    @Override
    Dims output(Dims input) {
      return sizes.logits();
    }

    @Override
    void parameters(Blueprint.Builder tree) {
      if (head.tied()) {
        tree.tie(path() + ".weight", tokens + ".weight");
      } else {
        tree.parameter(path() + ".weight", sizes.vocabulary(), width);
      }
      if (head.bias()) {
        tree.parameter(path() + ".bias", sizes.vocabulary());
      }
    }

    @Override
    Module module(Parts parts) {
      return head.bias() ? parts.biasedLinear(path()) : parts.linear(path(), path() + ".weight");
    }
  }

  /** A normalisation. */
  static final class Normalisation extends Part.Leaf {
    private final Norm norm;
    private final int width;

    Normalisation(String path, Norm norm, int width) {
      super(path, norm.type());
      this.norm = norm;
      this.width = width;
    }

    @Override
    Dims output(Dims input) {
      return input;
    }

    @Override
    void parameters(Blueprint.Builder tree) {
      if (norm.kind() == Norm.Kind.LAYER_PLAIN) {
        return;
      }
      tree.parameter(path() + ".weight", width);
      if (norm.kind() == Norm.Kind.LAYER) {
        tree.parameter(path() + ".bias", width);
      }
    }

    @Override
    Module module(Parts parts) {
      return switch (norm.kind()) {
        case LAYER -> parts.layerNorm(path(), norm.epsilon());
        case RMS -> parts.rmsNorm(path(), norm.epsilon());
        case RMS_PLUS_ONE -> parts.rmsNormPlusOne(path(), norm.epsilon());
        case LAYER_PLAIN -> parts.layerNormPlain(path(), norm.epsilon());
      };
    }
  }

  /** A function of each number, by its name in Hugging Face's ACT2FN. */
  static final class Activation extends Part.Leaf {
    Activation(String path, String function) {
      super(path, function);
    }

    @Override
    Dims output(Dims input) {
      return input;
    }

    @Override
    Module module(Parts parts) {
      return parts.activation(path(), type());
    }
  }

  /** Dropout, which does nothing outside training. */
  static final class Dropout extends Part.Leaf {
    Dropout(String path) {
      super(path, "Dropout");
    }

    @Override
    Dims output(Dims input) {
      return input;
    }

    @Override
    Module module(Parts parts) {
      return parts.identity(path());
    }
  }
}
