package org.nnsight4j.internal.decode;

import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.nnsight4j.generate.GeneratedSequence;

/** Beam search: the beams of all prompts advance together, and each prompt ends independently. */
final class BeamDecoder {
  private final NextToken model;
  private final int width;
  private final List<Beams> prompts = new ArrayList<>();

  BeamDecoder(
      List<long[]> prompts, NextToken model, ResolvedOptions options, StopRule stop, long seed) {
    this.model = model;
    this.width = options.numBeams();
    LogitsProcessor processors = LogitsProcessors.of(options);
    for (int i = 0; i < prompts.size(); i++) {
      Draws draws = options.doSample() ? new Draws(seed, i, 0) : null;
      this.prompts.add(new Beams(prompts.get(i), options, stop, processors, draws));
    }
  }

  List<List<GeneratedSequence>> run() {
    try {
      decode();
    } catch (Stopped stopped) {
      prompts.forEach(Beams::stop);
    }
    return prompts.stream().map(Beams::results).toList();
  }

  private void decode() {
    float[][] logits = model.first();
    List<Beams> running = prompts;
    int each = 1;
    while (true) {
      List<Beams> going = new ArrayList<>();
      int[] rows = new int[running.size() * width];
      long[] tokens = new long[rows.length];
      for (int i = 0; i < running.size(); i++) {
        Beams beams = running.get(i);
        beams.step(Arrays.copyOfRange(logits, i * each, (i + 1) * each));
        if (!beams.isDone()) {
          for (int beam = 0; beam < width; beam++) {
            int row = going.size() * width + beam;
            rows[row] = each == 1 ? i : i * width + beams.origin(beam);
            tokens[row] = beams.lastToken(beam);
          }
          going.add(beams);
        }
      }
      if (going.isEmpty()) {
        return;
      }
      int count = going.size() * width;
      logits = model.next(Arrays.copyOf(rows, count), Arrays.copyOf(tokens, count));
      running = going;
      each = width;
    }
  }
}
