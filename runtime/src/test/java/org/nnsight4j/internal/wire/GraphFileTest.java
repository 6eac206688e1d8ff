package org.nnsight4j.internal.wire;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Locale;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.error.SourceLine;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Node;
import org.nnsight4j.internal.graph.Prompt;
import org.nnsight4j.internal.op.Arg;

final class GraphFileTest {
  private static final SourceLine LINE = new SourceLine("a.B", "B.java", 3);

  private static Graph graph(Prompt prompt, Node... nodes) {
    return new Graph("gpt2", List.of(prompt), List.of(nodes), List.of(), 0);
  }

  private static Node full(double value) {
    List<Arg> args =
        List.of(Arg.Ints.of(new long[] {1L << 60}), new Arg.Real(value), new Arg.Text("FLOAT64"));
    return new Node.Call(0, "full", args, LINE);
  }

  private static byte[] bytes(String argument) {
    Node node = full(7777);
    byte[] bytes = GraphFile.toBytes(List.of(graph(new Prompt.Texts(List.of("a")), node)));
    String json = new String(bytes, StandardCharsets.ISO_8859_1);
    assertThat(json).contains("7777.0");
    // In a safetensors file the length of the header is that of its text.
    String padded = String.format(Locale.ROOT, "%6s", argument);
    assertThat(padded).hasLength(6);
    return json.replace("7777.0", padded).getBytes(StandardCharsets.ISO_8859_1);
  }

  @Test
  void textsComeBackUnchanged() {
    Prompt prompt = new Prompt.Texts(List.of("\ud83d\ude00 x", "é\u0000\"\\"));
    Graph graph = graph(prompt);
    assertThat(GraphFile.read(GraphFile.toBytes(List.of(graph)))).containsExactly(graph);
  }

  /** UTF-8 would turn halves of surrogate pairs into question marks. */
  @ParameterizedTest
  @ValueSource(strings = {"\ud800", "\udc00x", "\ude00\ud83d"})
  void halvesOfSurrogatePairs(String text) {
    byte[] bytes = GraphFile.toBytes(List.of(graph(new Prompt.Texts(List.of(text)))));
    SerializationException error =
        assertThrows(SerializationException.class, () -> GraphFile.read(bytes));
    assertThat(error).hasMessageThat().contains("half of a surrogate pair");
  }

  @Test
  void integersComeBackExactly() {
    for (long number : new long[] {(1L << 53) + 1, Long.MAX_VALUE, Long.MIN_VALUE}) {
      Arg whole = new Arg.Int(number);
      Node node = new Node.Call(0, "arange", List.of(whole, whole, whole), LINE);
      Graph graph = graph(new Prompt.Texts(List.of("a")), node);
      assertThat(GraphFile.read(GraphFile.toBytes(List.of(graph)))).containsExactly(graph);
    }
  }

  @Test
  void floatingPointNumbersComeBackExactly() {
    for (double number :
        new double[] {0.1, -0.0, 0x1p63, Double.MIN_VALUE, Double.MAX_VALUE, Double.NaN, 1e300}) {
      Node node = full(number);
      Graph graph = graph(new Prompt.Texts(List.of("a")), node);
      assertThat(GraphFile.read(GraphFile.toBytes(List.of(graph)))).containsExactly(graph);
    }
    assertThat(GraphFile.read(bytes("3"))).hasSize(1);
  }

  /** JSON has numbers that no double is: they would be read as others. */
  @ParameterizedTest
  @ValueSource(strings = {"1e999", "-1e999"})
  void integersThatNoDoubleRepresents(String number) {
    SerializationException error =
        assertThrows(SerializationException.class, () -> GraphFile.read(bytes(number)));
    assertThat(error).hasMessageThat().contains("no floating number is");
  }
}
