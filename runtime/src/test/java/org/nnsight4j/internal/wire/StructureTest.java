package org.nnsight4j.internal.wire;

import static com.google.common.truth.Truth.assertThat;
import static org.junit.jupiter.api.Assertions.assertThrows;

import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;
import org.nnsight4j.error.SerializationException;
import org.nnsight4j.tensor.Tensor;

/** Graphs whose parts are all known and do not fit together. */
final class StructureTest {
  private static final String LINE = "'line':{'class':'A','file':'A.java','number':1}";
  private static final String READ =
      "{'kind':'read','invoker':0,'module':'m','port':'output','element':0,'step':0,'call':-1,'settled':false,L}";
  private static final String WRITE =
      "{'kind':'write','invoker':0,'module':'m','port':'output','element':0,'step':0,'call':-1,'value':0,L}";

  private static void read(String nodes, String blocks) {
    String json =
        "{'schema':2,'graphs':[{'architecture':'a','edits':0,'prompts':[{'kind':'whole'}],'nodes':[%s],'blocks':[%s]}]}"
            .formatted(nodes, blocks)
            .replace("READ", READ)
            .replace("WRITE", WRITE)
            .replace("L}", LINE + "}")
            .replace('\'', '"');
    GraphJson.read(new GraphJson.Document(json, Map.of("t", Tensor.scalar(1))));
  }

  @Test
  void aGraphThatFitsIsRead() {
    read(
        "READ,{'kind':'constant','tensor':'t',L},{'kind':'carry','initial':1,L},{'kind':'next','carry':2,'value':2,L},{'kind':'loop_result','carry':2,'initial':1,L}",
        "{'kind':'steps','begin':2,'end':4,'from':0,'to':5,L}");
  }

  /** They would be in messages, and so in terminals and logs. */
  @ParameterizedTest
  @ValueSource(strings = {"'module':'m'", "'file':'A.java'", "'class':'A'"})
  void namesHaveNoControlCharacters(String member) {
    String hostile = member.substring(0, member.length() - 1) + "\\n\\u001b[2Jforged'";
    SerializationException error =
        assertThrows(
            SerializationException.class,
            () -> read(READ.replace("L}", LINE + "}").replace(member, hostile), ""));
    assertThat(error).hasMessageThat().contains("a name on one line, without control characters");
    assertThat(error).hasMessageThat().contains("\\n\\u001B[2Jforged");
    assertThat(error.getMessage().lines().count()).isEqualTo(1);
  }

  @ParameterizedTest(name = "{2}")
  @CsvSource(
      quoteCharacter = '`',
      delimiter = '|',
      value = {
        "READ,WRITE,{'kind':'save','value':1,L}|``|node 1 has no value",
        "READ,WRITE,READ|{'kind':'branch','begin':2,'end':3,'condition':1,'expected':true,L}|its condition has no value",
        "READ,READ,READ|{'kind':'branch','begin':1,'end':3,'condition':0,'expected':true,L},{'kind':'branch','begin':2,'end':4,'condition':0,'expected':true,L}|behind the last node",
        "READ,READ,READ,READ|{'kind':'branch','begin':1,'end':3,'condition':0,'expected':true,L},{'kind':'branch','begin':2,'end':4,'condition':0,'expected':true,L}|neither inside another block nor apart",
        "READ,READ,{'kind':'save','value':1,L}|{'kind':'branch','begin':1,'end':2,'condition':0,'expected':true,L}|inside a loop or branch",
        "READ,READ,READ,{'kind':'merge','condition':0,'when_true':2,'when_false':1,L}|{'kind':'branch','begin':1,'end':2,'condition':0,'expected':true,L},{'kind':'branch','begin':2,'end':3,'condition':0,'expected':false,L}|inside a loop or branch",
        "READ,READ,READ,READ|{'kind':'branch','begin':1,'end':2,'condition':0,'expected':true,L},{'kind':'branch','begin':2,'end':3,'condition':1,'expected':true,L}|its condition is inside another loop or branch",
        "READ,{'kind':'carry','initial':0,L}|``|it is in no loop over steps",
        "READ,{'kind':'carry','initial':0,L},{'kind':'next','carry':1,'value':1,L},{'kind':'next','carry':1,'value':1,L}|{'kind':'steps','begin':1,'end':4,'from':0,'to':5,L}|its carry has another next",
        "READ,{'kind':'save','value':0,L},{'kind':'loop_result','carry':1,'initial':0,L}|``|no",
        "READ,READ,READ|{'kind':'steps','begin':0,'end':3,'from':0,'to':5,L},{'kind':'steps','begin':1,'end':2,'from':0,'to':5,L}|cannot be inside another",
        "READ,{'kind':'stop','after':5,L}|``|comes later",
      })
  void graphsThatDoNotFitAreRefused(String nodes, String blocks, String message) {
    SerializationException error =
        assertThrows(SerializationException.class, () -> read(nodes, blocks));
    assertThat(error).hasMessageThat().contains(message);
  }
}
