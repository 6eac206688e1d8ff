package org.nnsight4j.samples.cookbook;

import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.values.Saved;
import org.tribuo.MutableDataset;
import org.tribuo.classification.Label;
import org.tribuo.classification.LabelFactory;
import org.tribuo.classification.sgd.linear.LogisticRegressionTrainer;
import org.tribuo.impl.ArrayExample;
import org.tribuo.provenance.SimpleDataSourceProvenance;

/** Activations as examples of a machine learning library. */
public final class ProbeWithTribuo {
  private static final List<String> ITALY =
      List.of(
          "The Colosseum is in the city of",
          "The capital of Italy is",
          "The Roman Forum is in the city of",
          "The Trevi Fountain is in the city of",
          "The Pantheon is in the city of");
  private static final List<String> FRANCE =
      List.of(
          "The Eiffel Tower is in the city of",
          "The capital of France is",
          "The Louvre is in the city of",
          "The Arc de Triomphe is in the city of",
          "Notre Dame is in the city of");

  /** One row for each text. */
  private static double[][] last(LanguageModel<EmbeddedGpt2> gpt2, List<String> texts) {
    Saved<Hidden> saved =
        gpt2.trace(texts, model -> model.transformer().h(2).output(0).at(-1).save());
    return saved.value().toDoubleMatrix();
  }

  private static void add(MutableDataset<Label> to, String label, double[][] rows) {
    for (double[] row : rows) {
      to.add(example(label, row));
    }
  }

  private static ArrayExample<Label> example(String label, double[] row) {
    String[] names = IntStream.range(0, row.length).mapToObj(i -> "x" + i).toArray(String[]::new);
    return new ArrayExample<>(new Label(label), names, row);
  }

  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      var factory = new LabelFactory();
      var provenance = new SimpleDataSourceProvenance("last token after layer 2", factory);
      var rows = new MutableDataset<>(provenance, factory);
      add(rows, "Italy", last(gpt2, ITALY));
      add(rows, "France", last(gpt2, FRANCE));
      var probe = new LogisticRegressionTrainer().train(rows);
      var test = example("?", last(gpt2, List.of("The Spanish Steps is in the city of"))[0]);
      System.out.println(probe.predict(test).getOutput().getLabel());
    }
  }
}
