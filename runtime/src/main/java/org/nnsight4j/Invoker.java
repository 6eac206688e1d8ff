package org.nnsight4j;

import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import org.nnsight4j.arch.Model;
import org.nnsight4j.arch.Site;
import org.nnsight4j.attach.Attachment;
import org.nnsight4j.attach.ControlVector;
import org.nnsight4j.attach.LoraAdapter;
import org.nnsight4j.error.RunException;
import org.nnsight4j.internal.graph.RecordedCreation;
import org.nnsight4j.internal.record.CallScope;
import org.nnsight4j.internal.record.InvokerScope;
import org.nnsight4j.internal.record.RecordedPoints;
import org.nnsight4j.internal.source.NotUserCode;
import org.nnsight4j.internal.source.UserFrames;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.values.Creation;
import org.nnsight4j.values.Value;

/**
 * One input of a run, and what is recorded on it.
 *
 * @param <M> the descriptor
 */
@NotUserCode
public final class Invoker<M> implements AutoCloseable {
  private final Model<M> root;
  private final M model;
  private final InvokerScope scope;
  private boolean closed;

  Invoker(Model<M> root, InvokerScope scope) {
    this.root = root;
    this.model = root.bind(scope);
    this.scope = scope;
  }

  /**
   * The model's typed proxies. They read and write only this invoker's rows, at the current step:
   * 0, the pass over the prompt, until another is chosen.
   */
  public M model() {
    return model;
  }

  private void given(@Nullable Object argument, String what) {
    if (argument == null) {
      throw scope.recording().fail(what + ": an argument is null", UserFrames.here());
    }
  }

  // Steps of generation.

  /**
   * Makes later reads and writes apply to the next step of generation (nnsight's {@code next()}).
   */
  public M next() {
    return step(scope.step() + 1);
  }

  /**
   * Makes later reads and writes apply to this step of generation: 0 is the pass over the prompt,
   * step n the pass over the n-th new token.
   */
  public M step(int step) {
    scope.step(step);
    return model;
  }

  /** The steps from {@code from} to before {@code to}, as in nnsight's {@code iter[from:to]}. */
  public StepRange<M> steps(int from, int to) {
    return new StepRange<>(scope.recording(), model, from, to);
  }

  /** All steps that the run makes. */
  public StepRange<M> allSteps() {
    return new StepRange<>(scope.recording(), model, 0, StepRange.OPEN);
  }

  // Modules called on the user's values.

  /**
   * Calls a module on a value and gives the sites of this call: {@code call(m ->
   * m.transformer().h(1).mlp(), value).act().output()} (nnsight's {@code module(value,
   * hook=True)}). These sites are read and written like the model's own.
   */
  public <L> L call(Function<M, L> module, Value<?> argument) {
    given(module, "call");
    given(argument, "call");
    CallScope calling = new CallScope(scope, argument);
    L called = module.apply(root.bind(calling));
    calling.call(Site.path(called), argument);
    return called;
  }

  /**
   * Calls an attached module, such as a sparse autoencoder. {@link #point} reads and writes its
   * inner values as {@code name.site}.
   *
   * @param name distinguishes this call from others in the run
   */
  @SuppressWarnings("unchecked")
  public Value<Axis> call(String name, Attachment module, Value<?> argument) {
    given(name, "call");
    given(module, "call");
    given(argument, "call");
    return module.call((Value<Axis>) argument, new RecordedPoints(scope.recording(), name));
  }

  /**
   * An inner value of an attached module that was called, by this invoker or by an edit of the
   * model; it is read and written like a site.
   *
   * @param name the name of the call and the name of the value, such as {@code sae.features}
   */
  public Value<Axis> point(String name) {
    return scope.readPoint(name);
  }

  /**
   * Adds the low-rank updates of a PEFT adapter to its target modules: from the first step to the
   * last, this invoker's rows are computed as if the model had been loaded with the adapter. Call
   * this before you read or write the outputs of these modules; edits of the model come before it.
   * In a loop over steps it applies to the loop's steps; in an {@linkplain LanguageModel#edit edit}
   * it applies to all rows of every run. Its inner values are points: {@code
   * transformer.h.2.mlp.c_fc.lora.hidden}.
   *
   * @throws org.nnsight4j.error.RecordingException if the model lacks a target module, widths
   *     differ, the adapter has no weights for a target module, or an output was used before
   */
  public void add(LoraAdapter adapter) {
    add("lora", adapter);
  }

  /**
   * {@link #add(LoraAdapter)} for several adapters in one run: one invoker gets the sum of their
   * updates, or each invoker its own.
   *
   * @param name distinguishes this adapter's inner values from those of others: {@code
   *     module.name.hidden}
   */
  public void add(String name, LoraAdapter adapter) {
    given(name, "add");
    given(adapter, "add");
    new Adaptation(scope, name, adapter).record();
  }

  /**
   * Adds the directions of a control vector to the outputs of its layers, at every position, as
   * repeng and llama.cpp do. In a loop over steps it applies to the loop's steps, otherwise to all
   * steps. Several vectors add up.
   *
   * @throws org.nnsight4j.error.RecordingException if the model is not a decoder, lacks a layer, or
   *     has another width
   */
  public void add(ControlVector vector) {
    given(vector, "add");
    new Steering(scope, vector).record();
  }

  /**
   * A parameter of the model, by its name in Hugging Face's state dict: {@code
   * transformer.h.0.attn.c_proj.weight}. It is read in the type of the run. {@code set} replaces it
   * for this run alone, in all of its passes and for all of its inputs, and {@code gradient} is
   * taken with respect to it. Modules have typed names for theirs: {@code
   * model.transformer().h(0).attn().cProj().weight()}.
   *
   * @throws org.nnsight4j.error.RecordingException if the model has no such parameter
   */
  public Value<Axis> parameter(String name) {
    given(name, "parameter");
    return scope.parameter(name);
  }

  /** Numbers from outside as a value of this run, for example a steering vector. */
  public Value<Axis> constant(Tensor tensor) {
    return scope.recording().constant(tensor);
  }

  /**
   * Numbers from outside with a name, so that each run of a {@link Prepared} recording can have
   * others: {@code prepared.with("vector", next).run(text)}. With {@code gradient} of it and an
   * optimiser outside, it is what a program trains.
   *
   * @param name none other in this recording has it
   * @param initial the numbers of runs that are given no others; they fix shape and data type
   * @throws org.nnsight4j.error.RecordingException if the name is taken
   */
  public Value<Axis> tensor(String name, Tensor initial) {
    return scope.recording().tensor(name, initial);
  }

  /** Creates values of the run: zeros, ranges, random numbers with a seed. */
  public Creation create() {
    return new RecordedCreation(scope.recording());
  }

  // The rest of the run.

  /**
   * Ends the whole run once everything recorded so far has happened (nnsight's {@code
   * tracer.stop()}), including the last step of a bounded loop; inside a {@code cond} only if its
   * branch is taken. Generated tokens are kept.
   */
  public void stop() {
    scope.recording().sites().stop();
  }

  /** Records sites by pattern; see {@link CacheOptions}. */
  public Cache<M> cache(CacheOptions options) {
    given(options, "cache");
    return new Cache<>(root, scope, options);
  }

  /** Records the outputs of all modules. */
  public Cache<M> cache() {
    return cache(CacheOptions.all());
  }

  /**
   * Ends the recording on this input. Other invokers of the same run can still use its values.
   *
   * @throws RunException if it was closed before
   */
  @Override
  public void close() {
    if (closed) {
      throw new RunException("this invoker was closed before; close it once, or by try(...) alone");
    }
    closed = true;
    scope.close();
  }
}
