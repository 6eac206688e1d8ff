package org.nnsight4j.samples;

import static org.nnsight4j.Options.hub;
import static org.nnsight4j.Options.maxNewTokens;

import java.nio.file.Path;
import java.util.List;
import java.util.stream.IntStream;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.arch.Decoder.Hidden;
import org.nnsight4j.arch.Decoder.Key;
import org.nnsight4j.generate.GeneratedPiece;
import org.nnsight4j.models.llama.EmbeddedLlama;
import org.nnsight4j.models.llama.Llama;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.values.Saved;

/** A first trace, lens, edit and text with your own model, of any family. */
public final class FiveMinutes {
  private static final String PROMPT = "Madison Square Garden is located in the city of";

  private FiveMinutes() {}

  /** Uses the checkpoint in the given folder, or the embedded Llama. */
  public static void main(String[] args) {
    Path folder = args.length > 0 ? Path.of(args[0]) : EmbeddedLlama.directory();
    try (LanguageModel<AnyModel> model = LanguageModel.open(folder)) {
      trace(model);
      lens(model);
      edit(model);
      stream(model);
    }
    typed();
  }

  // snippet: open
  /** A folder as Hugging Face saves it. */
  static LanguageModel<AnyModel> ofAFolder(Path folder) {
    return LanguageModel.open(folder);
  }

  /** A model of the hub, from this machine's cache, or downloaded into it. */
  static LanguageModel<AnyModel> ofTheHub() {
    return LanguageModel.open(hub("Qwen/Qwen3-0.6B"));
  }

  // end

  private static void trace(LanguageModel<AnyModel> model) {
    // snippet: trace
    Saved<Hidden> stream = model.trace(PROMPT, any -> any.layer(1).output().save());
    Saved<Key> pattern = model.trace(PROMPT, any -> any.layer(1).attention().pattern().save());
    System.out.println("residual stream: " + stream.value().header());
    System.out.println("attention: " + pattern.value().header());
    // end
  }

  private static void lens(LanguageModel<AnyModel> model) {
    // snippet: lens
    List<Saved<Axis>> said =
        model.trace(
            PROMPT,
            any ->
                IntStream.range(0, any.layerCount())
                    .mapToObj(
                        layer -> any.project(any.layer(layer).output().at(-1)).argMax(-1).save())
                    .toList());
    for (Saved<Axis> token : said) {
      System.out.print(model.tokenizer().decode(token.value().toLongArray()) + " |");
    }
    System.out.println();
    // end
  }

  private static void edit(LanguageModel<AnyModel> model) {
    // snippet: edit
    String without =
        model
            .generate(
                maxNewTokens(1),
                PROMPT,
                any -> {
                  any.layer(0).attention().z().get(":, 0").set(0);
                })
            .newText(0);
    System.out.println("without head 0 of layer 0:" + without);
    // end
  }

  private static void stream(LanguageModel<AnyModel> model) {
    // snippet: stream
    try (Generator<AnyModel> generator = model.generate(maxNewTokens(8))) {
      try (Invoker<AnyModel> invoker = generator.invoke(PROMPT)) {
        invoker.allSteps().forEach(any -> any.layer(2).attention().z().get(":, 1").set(0));
      }
      for (GeneratedPiece piece : generator.stream()) {
        System.out.print(piece.text());
      }
      System.out.println(", in " + generator.receipt().passes() + " passes");
    }
    // end
  }

  private static void typed() {
    // snippet: typed
    try (LanguageModel<EmbeddedLlama> llama = EmbeddedLlama.open()) {
      Saved<Llama.Inner> neurons =
          llama.trace(PROMPT, model -> model.model().layers(1).mlp().product().output().save());
      System.out.println("neurons: " + neurons.value().header());
    }
    // end
  }
}
