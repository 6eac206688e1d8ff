import org.nnsight4j.values.Value;
import org.nnsight4j.models.gpt2.Gpt2;

class WrongWidth {
  void record(Gpt2 model) {
    Value<Gpt2.Hidden> sum = model.transformer().h(3).output(0).add(model.output());
  }
}
