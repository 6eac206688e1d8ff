package org.nnsight4j.samples.cookbook;

import org.nnsight4j.Eager;
import org.nnsight4j.Session;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** A later layer's value of one run into an earlier layer of the next. */
public final class LateIntoEarly {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      Saved<Vocab> logits =
          gpt2.session(
              (Session<EmbeddedGpt2> session) -> {
                Value<Hidden> late;
                try (var first = session.trace();
                    var invoker = first.invoke("The Eiffel Tower is in the city of")) {
                  late = invoker.model().transformer().h(2).output(0).at(-1);
                }
                try (var second = session.trace();
                    var invoker = second.invoke("The Eiffel Tower is in the city of")) {
                  invoker.model().transformer().h(0).output(0).at(-1).set(late);
                  return invoker.model().output().at(-1).save();
                }
              });
      long id = (long) Eager.of(logits).argMax(-1).tensor().item();
      System.out.println(gpt2.tokenizer().token(id));
    }
  }
}
