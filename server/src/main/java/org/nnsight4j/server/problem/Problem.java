package org.nnsight4j.server.problem;

import com.fasterxml.jackson.annotation.JsonAnyGetter;
import com.fasterxml.jackson.annotation.JsonIgnore;
import com.fasterxml.jackson.core.JsonProcessingException;
import com.fasterxml.jackson.core.type.TypeReference;
import com.fasterxml.jackson.databind.ObjectMapper;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * A problem document of RFC 9457.
 *
 * @param code a code for programs, of which {@code type} is made
 * @param details further members: {@code node}, {@code module}, {@code line} and others
 */
public record Problem(
    @JsonIgnore String code,
    String title,
    int status,
    String detail,
    @JsonAnyGetter Map<String, Object> details) {
  public static final String MEDIA_TYPE = "application/problem+json";
  private static final String TYPE = "urn:nnsight4j:problem:";
  private static final int LONGEST_DETAIL = 4000;
  private static final ObjectMapper MAPPER = new ObjectMapper();

  public Problem {
    details = Map.copyOf(details);
    if (detail.length() > LONGEST_DETAIL) {
      detail = detail.substring(0, LONGEST_DETAIL) + "...";
    }
  }

  public String type() {
    return TYPE + code;
  }

  /** The same problem with an additional member. */
  public Problem with(String name, Object value) {
    Map<String, Object> more = new LinkedHashMap<>(details);
    more.put(name, value);
    return new Problem(code, title, status, detail, more);
  }

  public String toJson() {
    Map<String, Object> members = new LinkedHashMap<>();
    members.put("type", type());
    members.put("title", title);
    members.put("status", status);
    members.put("detail", detail);
    details.forEach(members::putIfAbsent);
    try {
      return MAPPER.writeValueAsString(members);
    } catch (JsonProcessingException e) {
      throw new IllegalStateException("a problem that is not JSON: " + members.keySet(), e);
    }
  }

  /** Reads what {@link #toJson} wrote. */
  public static Problem fromJson(String json) {
    try {
      Map<String, Object> members = MAPPER.readValue(json, new TypeReference<>() {});
      String type = String.valueOf(members.remove("type"));
      String title = String.valueOf(members.remove("title"));
      int status = members.remove("status") instanceof Integer number ? number : 500;
      String detail = String.valueOf(members.remove("detail"));
      String code = type.startsWith(TYPE) ? type.substring(TYPE.length()) : type;
      return new Problem(code, title, status, detail, members);
    } catch (JsonProcessingException e) {
      throw new IllegalArgumentException("expected the JSON of a problem, found: " + json, e);
    }
  }
}
