import org.nnsight4j.models.gpt2.EmbeddedGpt2;
import org.nnsight4j.toolkit.lens.LogitLens;

var gpt2 = EmbeddedGpt2.open();
System.out.println(LogitLens.of(gpt2).topK(1).run("The Eiffel Tower is in the city of"));

var last = gpt2.trace("The Eiffel Tower", model -> model.transformer().h(-1).output(0).at(-1).save());
System.out.println(last.value().header());

gpt2.close();
/exit
