package org.nnsight4j;

import java.util.Objects;
import org.nnsight4j.checkpoint.HubModel;
import org.nnsight4j.generate.EarlyStopping;
import org.nnsight4j.generate.GenerateOptions;
import org.nnsight4j.internal.remote.ServedModel;
import org.nnsight4j.remote.Remote;
import org.nnsight4j.remote.RemoteServer;
import org.nnsight4j.tensor.DType;

/**
 * Static methods that begin a chain of options: {@code import static
 * org.nnsight4j.Options.maxNewTokens;}.
 */
public final class Options {
  private Options() {}

  /** See {@link GenerateOptions#maxNewTokens}. */
  public static GenerateOptions maxNewTokens(int value) {
    return GenerateOptions.defaults().maxNewTokens(value);
  }

  /** See {@link GenerateOptions#minNewTokens}. */
  public static GenerateOptions minNewTokens(int value) {
    return GenerateOptions.defaults().minNewTokens(value);
  }

  /** See {@link GenerateOptions#doSample()}. */
  public static GenerateOptions doSample() {
    return GenerateOptions.defaults().doSample();
  }

  /** See {@link GenerateOptions#doSample(boolean)}. */
  public static GenerateOptions doSample(boolean value) {
    return GenerateOptions.defaults().doSample(value);
  }

  /** See {@link GenerateOptions#temperature}. */
  public static GenerateOptions temperature(double value) {
    return GenerateOptions.defaults().temperature(value);
  }

  /** See {@link GenerateOptions#topK}. */
  public static GenerateOptions topK(int value) {
    return GenerateOptions.defaults().topK(value);
  }

  /** See {@link GenerateOptions#topP}. */
  public static GenerateOptions topP(double value) {
    return GenerateOptions.defaults().topP(value);
  }

  /** See {@link GenerateOptions#repetitionPenalty}. */
  public static GenerateOptions repetitionPenalty(double value) {
    return GenerateOptions.defaults().repetitionPenalty(value);
  }

  /** See {@link GenerateOptions#noRepeatNgramSize}. */
  public static GenerateOptions noRepeatNgramSize(int value) {
    return GenerateOptions.defaults().noRepeatNgramSize(value);
  }

  /** See {@link GenerateOptions#numBeams}. */
  public static GenerateOptions numBeams(int value) {
    return GenerateOptions.defaults().numBeams(value);
  }

  /** See {@link GenerateOptions#numReturnSequences}. */
  public static GenerateOptions numReturnSequences(int value) {
    return GenerateOptions.defaults().numReturnSequences(value);
  }

  /** See {@link GenerateOptions#lengthPenalty}. */
  public static GenerateOptions lengthPenalty(double value) {
    return GenerateOptions.defaults().lengthPenalty(value);
  }

  /** See {@link GenerateOptions#earlyStopping(boolean)}. */
  public static GenerateOptions earlyStopping(boolean value) {
    return GenerateOptions.defaults().earlyStopping(value);
  }

  /** See {@link GenerateOptions#earlyStopping(EarlyStopping)}. */
  public static GenerateOptions earlyStopping(EarlyStopping value) {
    return GenerateOptions.defaults().earlyStopping(value);
  }

  /** See {@link GenerateOptions#eosTokenId}. */
  public static GenerateOptions eosTokenId(long... values) {
    return GenerateOptions.defaults().eosTokenId(values);
  }

  /** See {@link GenerateOptions#padTokenId}. */
  public static GenerateOptions padTokenId(long value) {
    return GenerateOptions.defaults().padTokenId(value);
  }

  /** See {@link GenerateOptions#stopStrings}. */
  public static GenerateOptions stopStrings(String... values) {
    return GenerateOptions.defaults().stopStrings(values);
  }

  /** See {@link GenerateOptions#seed}. */
  public static GenerateOptions seed(long value) {
    return GenerateOptions.defaults().seed(value);
  }

  /** See {@link GenerateOptions#useCache}. */
  public static GenerateOptions useCache(boolean value) {
    return GenerateOptions.defaults().useCache(value);
  }

  /** See {@link OpenOptions#dtype(DType)}: {@code open(model, path, dtype(DType.BFLOAT16))}. */
  public static OpenOptions dtype(DType value) {
    return OpenOptions.defaults().dtype(value);
  }

  /** See {@link OpenOptions#device(String)}: {@code open(model, path, device("cuda"))}. */
  public static OpenOptions device(String value) {
    return OpenOptions.defaults().device(value);
  }

  /**
   * Names a model on Hugging Face's hub, to open it: {@code LanguageModel.open(new LlamaModel(),
   * hub("HuggingFaceTB/SmolLM2-135M"))}.
   *
   * @param name {@code org/name}, or {@code org/name@revision}
   */
  public static HubModel hub(String name) {
    return HubModel.of(name);
  }

  /**
   * Makes runs happen on a server: {@code gpt2.at(remote(server, "gpt2"))}.
   *
   * @param model the server's name for the model
   */
  public static Remote remote(RemoteServer server, String model) {
    Objects.requireNonNull(server, "server is null; there is RemoteServer.at(address, apiKey)");
    Objects.requireNonNull(model, "model is null; server.models() lists their names");
    return ServedModel.of(server, model);
  }
}
