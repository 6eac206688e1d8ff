package org.nnsight4j.toolkit.reference;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import java.util.TreeMap;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.tensor.Tensor;

/**
 * An induction transformer made by hand, all of whose numbers are known: layer 0 copies the token
 * before, layer 1 looks at what came after an earlier copy of its token and predicts it.
 *
 * <p>It is a GPT-2 of two layers with one head each, whose MLPs are zero. The residual stream is
 * {@code token (10) | position (20) | token before (10) | prediction (10)}, once more with the
 * opposite sign, so that its mean is 0, and two large numbers, so that its scale is the same
 * everywhere: normalisation then changes nothing, up to 1e-6.
 */
public final class ToyModel {
  public static final int VOCABULARY = 10;
  public static final int POSITIONS = 20;

  /** BOS and eight tokens twice; position 10 has the token 1, after which 4 came. */
  public static final long[] CLEAN = {9, 3, 1, 4, 6, 5, 2, 7, 0, 3, 1, 4, 6, 5, 2, 7, 0};

  /** The first 1 is an 8. */
  public static final long[] CORRUPT = {9, 3, 8, 4, 6, 5, 2, 7, 0, 3, 1, 4, 6, 5, 2, 7, 0};

  public static final int QUERY = 10;
  public static final long ANSWER = 4;

  /** The logit of a certain prediction. */
  public static final double GAIN = 10;

  /** How sharp attention is. */
  public static final double SHARPNESS = 40;

  private static final int HALF = 3 * VOCABULARY + POSITIONS;
  private static final int WIDTH = 2 * HALF + 2;
  private static final int TOKEN = 0;
  private static final int POSITION = VOCABULARY;
  private static final int BEFORE = VOCABULARY + POSITIONS;
  private static final int PREDICTION = BEFORE + VOCABULARY;
  private static final float LARGE = 2048;

  private ToyModel() {}

  public static LanguageModel<AnyModel> open(Path folder) {
    return LanguageModel.open(write(folder));
  }

  static Path write(Path folder) {
    try {
      Files.writeString(
          folder.resolve("config.json"),
          """
          {"model_type": "gpt2", "n_embd": %s, "n_head": 1, "n_layer": 2, "n_positions": %s,
           "vocab_size": %s, "bos_token_id": 9, "n_inner": 4, "tie_word_embeddings": false}
          """
              .formatted(WIDTH, POSITIONS, VOCABULARY));
    } catch (IOException e) {
      throw new UncheckedIOException(e);
    }
    Map<String, Tensor> weights = new TreeMap<>();
    float[][] tokens = new float[VOCABULARY][WIDTH];
    float[][] unembedding = new float[VOCABULARY][WIDTH];
    for (int a = 0; a < VOCABULARY; a++) {
      mirrored(tokens[a], TOKEN + a, 1);
      tokens[a][WIDTH - 2] = LARGE;
      tokens[a][WIDTH - 1] = -LARGE;
      mirrored(unembedding[a], PREDICTION + a, GAIN / 2);
    }
    float[][] positions = new float[POSITIONS][WIDTH];
    for (int t = 0; t < POSITIONS; t++) {
      mirrored(positions[t], POSITION + t, 1);
    }
    weights.put("transformer.wte.weight", matrix(tokens));
    weights.put("transformer.wpe.weight", matrix(positions));
    weights.put("lm_head.weight", matrix(unembedding));
    norm(weights, "transformer.ln_f");
    double sharp = SHARPNESS * Math.sqrt(WIDTH);
    Head first = new Head();
    for (int t = 0; t < POSITIONS; t++) {
      first.query(POSITION + t, Math.max(t - 1, 0), sharp);
      first.key(POSITION + t, t);
    }
    Head second = new Head();
    for (int a = 0; a < VOCABULARY; a++) {
      first.value(TOKEN + a, a, BEFORE + a);
      second.query(TOKEN + a, a, sharp);
      second.key(BEFORE + a, a);
      second.value(TOKEN + a, a, PREDICTION + a);
    }
    layer(weights, "transformer.h.0", first);
    layer(weights, "transformer.h.1", second);
    Safetensors.write(folder.resolve("model.safetensors"), weights, Map.of());
    return folder;
  }

  private static void mirrored(float[] row, int at, double value) {
    row[at] = (float) value;
    row[HALF + at] = (float) -value;
  }

  /** The three maps into a head side by side, and the one out of it; GPT-2 stores [in, out]. */
  private static final class Head {
    private final float[][] in = new float[WIDTH][3 * WIDTH];
    private final float[][] out = new float[WIDTH][WIDTH];

    void query(int from, int to, double factor) {
      read(from, to, factor);
    }

    void key(int from, int to) {
      read(from, WIDTH + to, 1);
    }

    void value(int from, int through, int to) {
      read(from, 2 * WIDTH + through, 1);
      mirrored(out[through], to, 1);
    }

    private void read(int from, int to, double factor) {
      in[from][to] = (float) (factor / 2);
      in[HALF + from][to] = (float) (-factor / 2);
    }
  }

  private static void layer(Map<String, Tensor> weights, String path, Head head) {
    norm(weights, path + ".ln_1");
    norm(weights, path + ".ln_2");
    weights.put(path + ".attn.c_attn.weight", matrix(head.in));
    weights.put(path + ".attn.c_attn.bias", Tensor.of(new float[3 * WIDTH], 3 * WIDTH));
    weights.put(path + ".attn.c_proj.weight", matrix(head.out));
    weights.put(path + ".attn.c_proj.bias", Tensor.of(new float[WIDTH], WIDTH));
    weights.put(path + ".mlp.c_fc.weight", matrix(new float[WIDTH][4]));
    weights.put(path + ".mlp.c_fc.bias", Tensor.of(new float[4], 4));
    weights.put(path + ".mlp.c_proj.weight", matrix(new float[4][WIDTH]));
    weights.put(path + ".mlp.c_proj.bias", Tensor.of(new float[WIDTH], WIDTH));
  }

  /** A weight that takes back the scale of the two large numbers. */
  private static void norm(Map<String, Tensor> weights, String path) {
    float[] scale = new float[WIDTH];
    Arrays.fill(scale, (float) (LARGE * Math.sqrt(2.0 / WIDTH)));
    weights.put(path + ".weight", Tensor.of(scale, WIDTH));
    weights.put(path + ".bias", Tensor.of(new float[WIDTH], WIDTH));
  }

  private static Tensor matrix(float[][] rows) {
    float[] all = new float[rows.length * rows[0].length];
    for (int i = 0; i < rows.length; i++) {
      System.arraycopy(rows[i], 0, all, i * rows[0].length, rows[0].length);
    }
    return Tensor.of(all, rows.length, rows[0].length);
  }
}
