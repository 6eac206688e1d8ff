package org.nnsight4j.internal.wire;

import static com.google.common.truth.Truth.assertThat;

import java.util.List;
import org.junit.jupiter.api.Test;
import org.nnsight4j.internal.graph.Graph;
import org.nnsight4j.internal.graph.Prompt;

final class GraphFileTest {
  /** Java text can hold halves of surrogate pairs; UTF-8 would turn them into question marks. */
  @Test
  void textsComeBackAsTheyWere() {
    Prompt prompt = new Prompt.Texts(List.of("\ud800", "\ud83d\ude00 \udc00x", "é\u0000\"\\"));
    Graph graph = new Graph("gpt2", List.of(prompt), List.of(), List.of(), 0);
    assertThat(GraphFile.read(GraphFile.toBytes(List.of(graph)))).containsExactly(graph);
  }
}
