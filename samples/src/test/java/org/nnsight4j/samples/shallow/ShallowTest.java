package org.nnsight4j.samples.shallow;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;

import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Pinning;
import org.nnsight4j.checkpoint.Safetensors;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;

/** The model of the sample computes what its mathematics says, written out in plain Java. */
final class ShallowTest {
  private static final int[] IDS = {3, 1, 4, 1, 5, 9, 2, 6};
  private static final int WIDTH = 16;
  private static final int HEADS = 2;

  @TempDir private Path directory;

  @Test
  void isPinned() throws Exception {
    Pinning.check(new ShallowModel(), RandomShallow.write(directory));
  }

  @Test
  void logitsAreThoseOfTheDefinition() throws Exception {
    RandomShallow.write(directory);
    Tensor logits;
    try (LanguageModel<Shallow> shallow = LanguageModel.open(new ShallowModel(), directory)) {
      Saved<Shallow.Vocab> saved;
      try (Generator<Shallow> pass = shallow.trace()) {
        try (Invoker<Shallow> invoker = pass.invoke(IDS)) {
          saved = invoker.model().output().save();
        }
      }
      logits = saved.value();
    }
    double[][] expected = logits();
    for (int position = 0; position < IDS.length; position++) {
      for (int token = 0; token < 20; token++) {
        assertWithMessage("position %s, token %s", position, token)
            .that(logits.get(0, position, token))
            .isWithin(1e-4)
            .of(expected[position][token]);
      }
    }
    assertThat(expected[0][0]).isNotWithin(1e-3).of(0);
  }

  private double[][] logits() {
    double[][] residual = new double[IDS.length][WIDTH];
    Tensor embed = weight("embed.weight");
    Tensor positions = weight("pos_embed.weight");
    for (int t = 0; t < IDS.length; t++) {
      for (int i = 0; i < WIDTH; i++) {
        residual[t][i] = embed.get(IDS[t], i) + positions.get(t, i);
      }
    }
    for (int layer = 0; layer < 2; layer++) {
      String attn = "blocks." + layer + ".attn";
      double[][] added =
          product(
              mixed(product(residual, weight(attn + ".qkv.weight"))), weight(attn + ".out.weight"));
      for (int t = 0; t < IDS.length; t++) {
        for (int i = 0; i < WIDTH; i++) {
          residual[t][i] += added[t][i];
        }
      }
    }
    return product(residual, weight("unembed.weight"));
  }

  private static double[][] mixed(double[][] qkv) {
    int size = WIDTH / HEADS;
    double[][] mixed = new double[qkv.length][WIDTH];
    for (int head = 0; head < HEADS; head++) {
      int q = head * size;
      int k = WIDTH + q;
      int v = 2 * WIDTH + q;
      for (int t = 0; t < qkv.length; t++) {
        double[] pattern = new double[t + 1];
        double sum = 0;
        for (int s = 0; s <= t; s++) {
          double score = 0;
          for (int i = 0; i < size; i++) {
            score += qkv[t][q + i] * qkv[s][k + i];
          }
          pattern[s] = Math.exp(score / Math.sqrt(size));
          sum += pattern[s];
        }
        for (int s = 0; s <= t; s++) {
          for (int i = 0; i < size; i++) {
            mixed[t][q + i] += pattern[s] / sum * qkv[s][v + i];
          }
        }
      }
    }
    return mixed;
  }

  /** Each row times a matrix {@code [out, in]}. */
  private static double[][] product(double[][] rows, Tensor matrix) {
    int out = (int) matrix.shape()[0];
    double[][] product = new double[rows.length][out];
    for (int t = 0; t < rows.length; t++) {
      for (int o = 0; o < out; o++) {
        for (int i = 0; i < rows[t].length; i++) {
          product[t][o] += rows[t][i] * matrix.get(o, i);
        }
      }
    }
    return product;
  }

  private Tensor weight(String name) {
    return Safetensors.read(directory.resolve("model.safetensors")).get(name);
  }
}
