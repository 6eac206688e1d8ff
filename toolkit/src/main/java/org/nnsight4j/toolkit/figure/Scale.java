package org.nnsight4j.toolkit.figure;

import java.util.HexFormat;

/** How a number becomes a colour. Numbers beyond an end have the colour of that end. */
public enum Scale {
  /** 0 is white, 1 is dark blue. */
  UNIT(0, new int[] {255, 255, 255}, new int[] {255, 255, 255}, new int[] {8, 64, 129}),

  /** -1 is dark red, 0 is white, 1 is dark blue. */
  SIGNED(-1, new int[] {165, 15, 21}, new int[] {255, 255, 255}, new int[] {8, 64, 129});

  /** WCAG 2, level AA, for text of usual size. */
  static final double LEAST_CONTRAST = 4.5;

  private static final int[] NO_NUMBER = {0xCC, 0xCC, 0xCC};
  private static final int[] DARK = {0x22, 0x22, 0x22};
  private static final int[] WHITE = {0xFF, 0xFF, 0xFF};
  private static final int[] BLACK = {0, 0, 0};

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
    return hex(rgb(value));
  }

  /** A colour that can be read on {@link #fill}: dark grey or white, black where neither can. */
  String ink(double value) {
    int[] fill = rgb(value);
    int[] ink = contrast(fill, DARK) >= contrast(fill, WHITE) ? DARK : WHITE;
    // Black or white always has a contrast of at least 4.58.
    return hex(contrast(fill, ink) >= LEAST_CONTRAST ? ink : BLACK);
  }

  private int[] rgb(double value) {
    if (Double.isNaN(value)) {
      return NO_NUMBER;
    }
    double place = Math.max(low, Math.min(1, value));
    int[] end = place < 0 ? lowest : highest;
    double share = Math.abs(place);
    int[] rgb = new int[3];
    for (int i = 0; i < 3; i++) {
      rgb[i] = (int) Math.round(zero[i] + share * (end[i] - zero[i]));
    }
    return rgb;
  }

  /** The contrast ratio of WCAG 2: 1 to 21. */
  private static double contrast(int[] one, int[] other) {
    double a = luminance(one);
    double b = luminance(other);
    return (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
  }

  private static double luminance(int[] rgb) {
    return 0.2126 * linear(rgb[0]) + 0.7152 * linear(rgb[1]) + 0.0722 * linear(rgb[2]);
  }

  private static double linear(int level) {
    double share = level / 255.0;
    return share <= 0.04045 ? share / 12.92 : Math.pow((share + 0.055) / 1.055, 2.4);
  }

  private static String hex(int[] rgb) {
    return "#" + HexFormat.of().formatHex(new byte[] {(byte) rgb[0], (byte) rgb[1], (byte) rgb[2]});
  }
}
