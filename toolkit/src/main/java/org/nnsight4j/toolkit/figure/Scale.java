package org.nnsight4j.toolkit.figure;

/** How a number becomes a colour. Numbers beyond the ends take the colour of the end. */
public enum Scale {
  /** 0 is white, 1 is dark blue. */
  UNIT(0, new int[] {255, 255, 255}, new int[] {255, 255, 255}, new int[] {8, 64, 129}),

  /** -1 is dark red, 0 is white, 1 is dark blue. */
  SIGNED(-1, new int[] {165, 15, 21}, new int[] {255, 255, 255}, new int[] {8, 64, 129});

  private final double low;
  private final int[] lowest;
  private final int[] zero;
  private final int[] highest;

  Scale(double low, int[] lowest, int[] zero, int[] highest) {
    this.low = low;
    this.lowest = lowest;
    this.zero = zero;
    this.highest = highest;
  }

  /** The colour as {@code #rrggbb}; grey for a value that is not a number. */
  String fill(double value) {
    if (Double.isNaN(value)) {
      return "#cccccc";
    }
    int[] rgb = rgb(value);
    return "#%02x%02x%02x".formatted(rgb[0], rgb[1], rgb[2]);
  }

  /** A colour that can be read on {@link #fill}. */
  String ink(double value) {
    if (Double.isNaN(value)) {
      return "#222222";
    }
    int[] rgb = rgb(value);
    double brightness = 0.299 * rgb[0] + 0.587 * rgb[1] + 0.114 * rgb[2];
    return brightness < 140 ? "#ffffff" : "#222222";
  }

  private int[] rgb(double value) {
    double place = Math.max(low, Math.min(1, value));
    int[] end = place < 0 ? lowest : highest;
    double share = Math.abs(place);
    int[] rgb = new int[3];
    for (int i = 0; i < 3; i++) {
      rgb[i] = (int) Math.round(zero[i] + share * (end[i] - zero[i]));
    }
    return rgb;
  }
}
