package org.nnsight4j.toolkit.train;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Function;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.Prepared;
import org.nnsight4j.Results;
import org.nnsight4j.TraceOptions;
import org.nnsight4j.error.RunException;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** Runs steps: one prepared recording for each size of batch. */
final class TrainingRows<M> {
  /** What a step is read by. */
  private record Recorded(Saved<?> loss, Map<String, Saved<?>> gradients) {}

  private final LanguageModel<M> model;
  private final Map<String, Tensor> tensors;
  private final Function<TrainingStep<M>, ? extends Value<?>> loss;
  private final Map<Integer, Prepared<Recorded>> prepared = new HashMap<>();

  TrainingRows(
      LanguageModel<M> model,
      Map<String, Tensor> tensors,
      Function<TrainingStep<M>, ? extends Value<?>> loss) {
    this.model = model;
    this.tensors = tensors;
    this.loss = loss;
  }

  static Tensor trainable(String name, Tensor initial) {
    if (initial.dtype() != DType.FLOAT32) {
      throw new RunException(
          "tensor '%s' is %s; what is trained is FLOAT32".formatted(name, initial.dtype()));
    }
    return initial;
  }

  /** One step; returns the loss before it. */
  double step(int step, List<Example> batch, Descent descent) {
    Map<String, Tensor> data = data(batch);
    Prepared<Recorded> run = prepared.computeIfAbsent(batch.size(), size -> prepare(data));
    for (var entry : data.entrySet()) {
      run = run.with(dataName(entry.getKey()), entry.getValue());
    }
    for (var entry : descent.tensors().entrySet()) {
      run = run.with(entry.getKey(), entry.getValue());
    }
    Results results = run.runBatches(batch.stream().map(this::ids).toArray(long[][]::new));
    double found = results.value(run.recorded().loss()).item();
    if (!Double.isFinite(found)) {
      throw new RunException(
          "the loss is %s at step %s; a lower learning rate, or a loss without logarithms of 0, may help"
              .formatted(found, step));
    }
    if (step == 0) {
      requireUsed(run, results, batch);
    }
    run.recorded()
        .gradients()
        .forEach((name, gradient) -> descent.update(name, results.value(gradient)));
    return found;
  }

  /**
   * Refuses tensors that the loss does not use. A gradient of zeros alone does not say so: one half
   * of a low-rank adapter has one while the other half is zero. But what is not a number goes
   * through every product, so that a loss that is still one does not depend on the tensor.
   */
  private void requireUsed(Prepared<Recorded> run, Results results, List<Example> batch) {
    for (var entry : run.recorded().gradients().entrySet()) {
      String name = entry.getKey();
      Tensor initial = Objects.requireNonNull(tensors.get(name));
      if (Arrays.stream(results.value(entry.getValue()).toDoubleArray()).anyMatch(n -> n != 0)) {
        continue;
      }
      float[] noNumbers = new float[Math.toIntExact(initial.size())];
      Arrays.fill(noNumbers, Float.NaN);
      double loss =
          run.with(name, Tensor.of(noNumbers, initial.shape()))
              .runBatches(batch.stream().map(this::ids).toArray(long[][]::new))
              .value(run.recorded().loss())
              .item();
      if (!Double.isNaN(loss)) {
        throw new RunException(
            "the loss does not use the tensor '%s', so it cannot be trained; put step.tensor(\"%s\") into what the loss is computed from, before the loss reads it"
                .formatted(name, name));
      }
    }
  }

  private long[] ids(Example example) {
    String text = example.text();
    return text == null ? example.ids() : model.tokenizer().encode(text);
  }

  private Prepared<Recorded> prepare(Map<String, Tensor> data) {
    return model.prepare(
        TraceOptions.defaults(),
        generator -> {
          try (Invoker<M> invoker = generator.input()) {
            Map<String, Value<Axis>> trained = new LinkedHashMap<>();
            tensors.forEach((name, initial) -> trained.put(name, invoker.tensor(name, initial)));
            Map<String, Value<Axis>> given = new LinkedHashMap<>();
            data.forEach((name, first) -> given.put(name, invoker.tensor(dataName(name), first)));
            Value<?> found = loss.apply(new TrainingStep<>(invoker, trained, given));
            Map<String, Saved<?>> gradients = new LinkedHashMap<>();
            trained.forEach((name, value) -> gradients.put(name, value.gradient(found).save()));
            return new Recorded(found.save(), gradients);
          }
        });
  }

  /** Trained tensors and data may have the same name. */
  private static String dataName(String name) {
    return "data " + name;
  }

  private static Map<String, Tensor> data(List<Example> batch) {
    Map<String, Tensor> stacked = new LinkedHashMap<>();
    Set<String> names = batch.get(0).data().keySet();
    for (Example example : batch) {
      if (!example.data().keySet().equals(names)) {
        throw new RunException(
            "all examples need the same data; found %s and %s"
                .formatted(names, example.data().keySet()));
      }
    }
    for (String name : names) {
      stacked.put(name, stacked(name, batch));
    }
    return stacked;
  }

  private static Tensor stacked(String name, List<Example> batch) {
    Tensor first = Objects.requireNonNull(batch.get(0).data().get(name));
    long[] one = isNumber(first) ? new long[0] : first.shape();
    ByteBuffer bytes =
        ByteBuffer.allocate(Math.multiplyExact(batch.size(), first.bytes().remaining()))
            .order(ByteOrder.LITTLE_ENDIAN);
    for (Example example : batch) {
      Tensor next = example.data().get(name);
      if (next == null
          || next.dtype() != first.dtype()
          || !Arrays.equals(next.shape(), first.shape())) {
        throw new RunException(
            "data '%s' must have one shape and type in all examples".formatted(name));
      }
      bytes.put(next.bytes());
    }
    long[] shape = new long[one.length + 1];
    shape[0] = batch.size();
    System.arraycopy(one, 0, shape, 1, one.length);
    return Tensor.ofBytes(first.dtype(), bytes.flip(), shape);
  }

  private static boolean isNumber(Tensor tensor) {
    return tensor.rank() == 0 || (tensor.rank() == 1 && tensor.size() == 1);
  }
}
