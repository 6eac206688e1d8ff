package org.nnsight4j.toolkit.harvest;

import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import org.nnsight4j.tensor.DType;
import org.nnsight4j.tensor.Tensor;

/** One file's numbers, token by token. */
final class Rows {
  private final DType dtype;
  private final List<Long> prompts = new ArrayList<>();
  private final List<Long> positions = new ArrayList<>();
  private final List<Long> ids = new ArrayList<>();
  private final Map<String, ByteArrayOutputStream> values = new LinkedHashMap<>();
  private final Map<String, Long> widths = new LinkedHashMap<>();

  Rows(DType dtype) {
    this.dtype = dtype;
  }

  void token(long prompt, long position, long id) {
    prompts.add(prompt);
    positions.add(position);
    ids.add(id);
  }

  /** The rows of one prompt, {@code [1, position, width]}. */
  void add(String hook, Tensor tensor) {
    ByteBuffer bytes = tensor.bytes();
    byte[] all = new byte[bytes.remaining()];
    bytes.get(all);
    values.computeIfAbsent(hook, any -> new ByteArrayOutputStream()).writeBytes(all);
    widths.put(hook, tensor.shape(-1));
  }

  Map<String, Tensor> tensors() {
    Map<String, Tensor> tensors = new LinkedHashMap<>();
    int count = prompts.size();
    tensors.put("prompt", Tensor.of(longs(prompts), count));
    tensors.put("position", Tensor.of(longs(positions), count));
    tensors.put("token_id", Tensor.of(longs(ids), count));
    values.forEach(
        (hook, bytes) ->
            tensors.put(
                hook,
                Tensor.ofBytes(
                    dtype,
                    ByteBuffer.wrap(bytes.toByteArray()),
                    count,
                    widths.getOrDefault(hook, 0L))));
    return tensors;
  }

  private static long[] longs(List<Long> values) {
    return values.stream().mapToLong(value -> value).toArray();
  }
}
