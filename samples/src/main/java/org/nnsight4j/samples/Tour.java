package org.nnsight4j.samples;

import static org.nnsight4j.Options.doSample;
import static org.nnsight4j.Options.hub;
import static org.nnsight4j.Options.maxNewTokens;

import java.nio.file.Path;
import java.util.List;
import org.nnsight4j.Generator;
import org.nnsight4j.Invoker;
import org.nnsight4j.LanguageModel;
import org.nnsight4j.arch.AnyModel;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Key;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.models.gpt2.Gpt2Model;
import org.nnsight4j.models.llama.Llama;
import org.nnsight4j.models.llama.LlamaModel;
import org.nnsight4j.tensor.Axis;
import org.nnsight4j.tensor.Tensor;
import org.nnsight4j.tokenizer.Message;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** The README's tour, as code that runs. */
public final class Tour {
  private final LanguageModel<Gpt2> gpt2;

  Tour(LanguageModel<Gpt2> gpt2) {
    this.gpt2 = gpt2;
  }

  /** Goes through the whole tour. */
  public static void main(String[] args) {
    try (LanguageModel<Gpt2> gpt2 = EmbeddedGpt2.open().as(Gpt2.class)) {
      Tour tour = new Tour(gpt2);
      tour.reading();
      tour.writing();
      tour.parts();
      tour.lens();
      anyDecoder(EmbeddedGpt2.directory());
      tour.inputs();
      tour.gradients();
      tour.options();
      tour.receipt();
    }
  }

  static LanguageModel<Gpt2> ownCheckpoint() {
    // snippet: checkpoint
    LanguageModel<Gpt2> gpt2 = LanguageModel.open(new Gpt2Model(), Path.of("models/gpt2"));
    // end
    return gpt2;
  }

  static LanguageModel<Llama> fromTheHub() {
    // snippet: hub
    LanguageModel<Llama> llama =
        LanguageModel.open(new LlamaModel(), hub("HuggingFaceTB/SmolLM2-135M-Instruct"));
    // end
    return llama;
  }

  static String chat(LanguageModel<Llama> llama) {
    // snippet: chat
    List<Message> messages =
        List.of(Message.system("Be brief."), Message.user("What is the capital of France?"));
    try (Generator<Llama> generator = llama.generate(maxNewTokens(20))) {
      generator.chat(messages).close();
      generator.run();
      return generator.output().newText(0);
    }
    // end
  }

  Tensor reading() {
    // snippet: reading
    Saved<Key> pattern =
        gpt2.trace(
            "The Eiffel Tower is in the city of",
            model -> model.transformer().h(2).attn().pattern().output().save());
    System.out.println(pattern.value().header()); // Tensor[1, 4, 8, 8] FLOAT32: head, position, key
    // end
    return pattern.value();
  }

  String writing() {
    // snippet: writing
    try (Generator<Gpt2> generator = gpt2.generate(maxNewTokens(1))) {
      try (Invoker<Gpt2> invoker = generator.invoke("The Eiffel Tower is in the city of")) {
        Value<Hidden> added = invoker.model().transformer().h(1).mlp().output();
        added.set(added.mul(0.5));
      }
      generator.run();
      System.out.println(generator.output().newText(0));
      // end
      return generator.output().newText(0);
    }
  }

  String parts() {
    return gpt2.generate(
        maxNewTokens(1),
        generator -> {
          Invoker<Gpt2> invoker = generator.invoke("The Eiffel Tower is in the city of");
          // snippet: parts
          Gpt2 model = invoker.model();
          model.transformer().h(2).attn().z().output().get(":, 3").set(0); // head 3 of layer 2
          model.transformer().h(1).output(0).at(-1).set(0); // each row's own last token
          // end
          invoker.close();
          generator.run();
          return generator.output().newText(0);
        });
  }

  String lens() {
    // snippet: lens
    Saved<Axis> ids =
        gpt2.trace(
            "The Eiffel Tower is in the city of",
            model -> {
              Value<Hidden> last = model.transformer().h(2).output(0).at(-1);
              Value<Vocab> logits = model.lmHead().apply(model.transformer().lnF().apply(last));
              return logits.argMax(-1).save();
            });
    System.out.println(gpt2.tokenizer().decode(ids.value().toLongArray()));
    // end
    return gpt2.tokenizer().decode(ids.value().toLongArray());
  }

  static String anyDecoder(Path checkpoint) {
    // snippet: decoder
    try (LanguageModel<AnyModel> model = LanguageModel.open(checkpoint)) {
      Saved<Axis> ids =
          model.trace(
              "The Eiffel Tower is in the city of",
              any -> any.project(any.layer(2).output().at(-1)).argMax(-1).save());
      return model.tokenizer().decode(ids.value().toLongArray());
    }
    // end
  }

  List<String> inputs() {
    // snippet: inputs
    try (Generator<Gpt2> generator = gpt2.generate(maxNewTokens(1))) {
      try (Invoker<Gpt2> paris = generator.invoke("The Eiffel Tower is in the city of");
          Invoker<Gpt2> rome = generator.invoke("The Colosseum is in the city of")) {
        Value<Hidden> last = paris.model().transformer().h(2).output(0).at(-1);
        rome.model().transformer().h(2).output(0).at(-1).set(last);
      }
      generator.run();
      System.out.println(generator.output().texts());
      // end
      return generator.output().texts();
    }
  }

  Tensor gradients() {
    // snippet: gradients
    long paris = gpt2.tokenizer().encode(" Paris")[0];
    Saved<Hidden> gradient =
        gpt2.trace(
            "The Eiffel Tower is in the city of",
            model -> {
              Value<Hidden> hidden = model.transformer().h(1).output(0);
              Value<Vocab> logit = model.output().get("0, -1, " + paris);
              return hidden.gradient(logit).save();
            });
    // end
    return gradient.value();
  }

  List<String> options() {
    // snippet: options
    try (Generator<Gpt2> generator =
        gpt2.generate(
            doSample().temperature(0.8).topK(40).seed(7).maxNewTokens(4).numReturnSequences(2))) {
      generator.invoke("The capital of").close();
      generator.run();
      System.out.println(generator.output().texts());
      // end
      return generator.output().texts();
    }
  }

  String receipt() {
    // snippet: receipt
    try (Generator<Gpt2> generator = gpt2.generate(maxNewTokens(2))) {
      try (Invoker<Gpt2> invoker = generator.invoke("The Eiffel Tower is in the city of")) {
        Value<Hidden> hidden = invoker.model().transformer().h(1).output(0);
        hidden.set(hidden.mul(1));
      }
      generator.run();
      System.out.println(generator.receipt());
      // end
      return generator.receipt().toString();
    }
  }
}
