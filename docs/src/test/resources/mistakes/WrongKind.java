import org.nnsight4j.values.Value;
import org.nnsight4j.models.gpt2.Gpt2;

class WrongKind {
  void record(Gpt2 model) {
    model.transformer().h(3).mlp().output(0).save(); // the batch row 0, or a tuple's element?
  }
}
