package org.nnsight4j.samples.cookbook;

import java.util.Locale;
import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.models.gpt2.Gpt2.Hidden;
import org.nnsight4j.models.gpt2.Gpt2.Vocab;
import org.nnsight4j.values.Saved;
import org.nnsight4j.values.Value;

/** What one head tells another: only the path from one to the other is patched. */
public final class PathByHand {
  public static void main(String[] args) {
    try (var gpt2 = EmbeddedGpt2.open()) {
      String clean = "When Mary and John went to the store, John gave a drink to";
      String corrupted = "When John and Mary went to the store, Mary gave a drink to";
      long mary = gpt2.tokenizer().singleToken(" Mary");
      long john = gpt2.tokenizer().singleToken(" John");
      try (var run = gpt2.trace()) {
        Saved<Vocab> patched;
        try (var from = run.invoke(corrupted);
            var to = run.invoke(clean)) {
          // Head 2 of layer 0 writes to the stream what its head mixes, times its rows of c_proj.
          var sender = to.model().transformer().h(0).attn();
          var other = from.model().transformer().h(0).attn();
          Value<Hidden> rows = sender.cProj().weight().get("64:96");
          Value<Hidden> change =
              other.z().output().get(":, 2").sub(sender.z().output().get(":, 2")).matMul(rows);
          // The receiver alone sees the change; everything between keeps its clean values.
          var receiver = to.model().transformer().h(2);
          receiver.ln1().input().set(receiver.ln1().input().add(change));
          var logits = to.model().output().at(-1);
          patched = logits.get("0, " + mary).sub(logits.get("0, " + john)).save();
        }
        run.run();
        System.out.printf(
            Locale.ROOT, "Mary - John: %.2f with this path patched%n", patched.value().item());
      }
    }
  }
}
