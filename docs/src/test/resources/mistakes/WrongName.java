import org.nnsight4j.values.Value;
import org.nnsight4j.models.gpt2.Gpt2;

class WrongName {
  void record(Gpt2 model) {
    model.transformer().hh(3).output(0).save();
  }
}
