import org.nnsight4j.models.gpt2.Gpt2Small;

class WrongIndex {
  void record(Gpt2Small model) {
    model.transformer().h(12).output(0).save();
  }
}
