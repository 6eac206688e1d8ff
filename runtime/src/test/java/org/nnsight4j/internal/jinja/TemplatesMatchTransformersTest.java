package org.nnsight4j.internal.jinja;

import static com.google.common.truth.Truth.assertThat;
import static com.google.common.truth.Truth.assertWithMessage;
import static org.junit.jupiter.api.Assertions.assertThrows;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.time.LocalDateTime;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import java.util.stream.StreamSupport;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * Templates give what {@code apply_chat_template} gives, character by character; the cases are
 * those of tools/reference/chat_fixtures.py.
 */
final class TemplatesMatchTransformersTest {
  private static final ObjectMapper JSON = new ObjectMapper();
  private static final JsonNode FIXTURE = fixture();
  private static final LocalDateTime NOW = LocalDateTime.of(2026, 11, 30, 7, 5, 9);

  private static String resource(String name) {
    String path = "/chat/" + name;
    try (InputStream in = TemplatesMatchTransformersTest.class.getResourceAsStream(path)) {
      return new String(in.readAllBytes(), StandardCharsets.UTF_8);
    } catch (IOException e) {
      throw new AssertionError(path, e);
    }
  }

  private static JsonNode fixture() {
    try {
      return JSON.readTree(resource("cases.json"));
    } catch (IOException e) {
      throw new AssertionError(e);
    }
  }

  /** A row of the table, with a name for reports. */
  record Row(String name, JsonNode each) {
    @Override
    public String toString() {
      return name;
    }
  }

  static Stream<Row> chats() {
    return StreamSupport.stream(FIXTURE.get("cases").spliterator(), false)
        .map(
            each ->
                new Row(
                    each.get("template").textValue()
                        + " "
                        + each.get("chat").textValue()
                        + " "
                        + each.get("given"),
                    each));
  }

  static Stream<Row> expressions() {
    return StreamSupport.stream(FIXTURE.get("expressions").spliterator(), false)
        .map(each -> new Row(each.get("expression").textValue(), each));
  }

  private static Map<String, Object> map(JsonNode json) {
    return JSON.convertValue(
        json, JSON.getTypeFactory().constructMapType(HashMap.class, String.class, Object.class));
  }

  private static String render(String template, Map<String, Object> variables) {
    return Template.parse(template, () -> NOW).render(variables);
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("chats")
  void chat(Row row) {
    Map<String, Object> variables = map(FIXTURE.get("variables"));
    variables.putAll(map(row.each().get("given")));
    variables.put(
        "messages",
        JSON.convertValue(
            FIXTURE.get("chats").get(row.each().get("chat").textValue()), List.class));
    check(resource(row.each().get("template").textValue() + ".jinja"), variables, row.each());
  }

  @ParameterizedTest(name = "{0}")
  @MethodSource("expressions")
  void expression(Row row) {
    Map<String, Object> variables = map(FIXTURE.get("values"));
    variables.put("messages", List.of(Map.of("role", "user", "content", "x")));
    check("{{ " + row.name() + " }}", variables, row.each());
  }

  private static void check(String template, Map<String, Object> variables, JsonNode expected) {
    if (expected.has("text")) {
      assertThat(render(template, variables)).isEqualTo(expected.get("text").textValue());
      return;
    }
    TemplateException error =
        assertThrows(TemplateException.class, () -> render(template, variables));
    if (expected.get("error").textValue().equals("TemplateError")) {
      assertThat(error).hasMessageThat().isEqualTo(expected.get("words").textValue());
    }
  }

  @Test
  void dates() {
    assertThat(render("{{ strftime_now('%d %b %Y, %A %B %H:%M %p %%') }}", Map.of()))
        .isEqualTo("30 Nov 2026, Monday November 07:05 AM %");
    assertThrows(TemplateException.class, () -> render("{{ strftime_now('%Q') }}", Map.of()));
  }

  @ParameterizedTest
  @ValueSource(
      strings = {
        "{% include 'x' %}",
        "{% import 'x' as y %}",
        "{% for x in y recursive %}{% endfor %}",
        "{% if x %}",
        "{% endif %}",
        "{{ x",
        "{{ }}",
        "{# x",
        "{% raw %}",
        "{{ x | shout }}",
        "{{ x is loud }}",
        "{% set x.y = 1 %}",
        "{{ f(a=1, 2) }}",
        "{{ range(10000000) }}",
        "{{ 'a' * 1000000000 }}",
        "{{ 10 ** 1000000 }}",
        "{% macro m() %}{{ m() }}{% endmacro %}{{ m() }}",
        "{% for a in range(9999) %}{% for b in range(9999) %}x{% endfor %}{% endfor %}",
      })
  void whatIsRefused(String template) {
    TemplateException error =
        assertThrows(TemplateException.class, () -> render(template, Map.of()));
    assertWithMessage(template).that(error).hasMessageThat().isNotEmpty();
  }

  @Test
  void mistakesNameTheirLine() {
    TemplateException error =
        assertThrows(TemplateException.class, () -> render("a\n{% if x %}\n\n{{ y z }}", Map.of()));
    assertThat(error).hasMessageThat().isEqualTo("line 4: expected '}}', found 'z'");
  }

  @Test
  void usersTextIsNotATemplate() {
    assertThat(render("{{ x }}", Map.of("x", "{{ 1 + 1 }}{% if %}")))
        .isEqualTo("{{ 1 + 1 }}{% if %}");
  }
}
