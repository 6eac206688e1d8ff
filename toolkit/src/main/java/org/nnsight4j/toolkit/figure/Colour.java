package org.nnsight4j.toolkit.figure;

import java.util.HexFormat;
import java.util.List;

/** Colours of light and dark pages, and whether text can be read on them. */
final class Colour {
  /** WCAG 2, level AA, for text of usual size. */
  static final double LEAST_CONTRAST = 4.5;

  private static final int[] DARK = {0x22, 0x22, 0x22};
  private static final int[] WHITE = {0xFF, 0xFF, 0xFF};
  private static final int[] BLACK = {0, 0, 0};

  /** Lines, bars and their names: a colour for light pages, one for dark pages. */
  private static final List<String[]> SERIES =
      List.of(
          new String[] {"#0b57a4", "#6cb2ff"},
          new String[] {"#b3261e", "#ff8a80"},
          new String[] {"#1b6e3c", "#6fd394"},
          new String[] {"#6b3fa0", "#c9a4f5"},
          new String[] {"#8a5200", "#f0b35a"},
          new String[] {"#0f6a75", "#66d0dc"});

  private Colour() {}

  /** A page that is light or dark. */
  enum Mode {
    LIGHT("#ffffff", "#222222", "#666666", "#e0e0e0", "#a50f15", "#084081", "#cccccc"),
    DARK("#15181e", "#e8e8e8", "#a3a9b3", "#343a44", "#ff8a80", "#7ab8ff", "#5a5f68");

    private final String page;
    private final String ink;
    private final String muted;
    private final String grid;
    private final String negative;
    private final String positive;
    private final String noNumber;

    Mode(
        String page,
        String ink,
        String muted,
        String grid,
        String negative,
        String positive,
        String noNumber) {
      this.page = page;
      this.ink = ink;
      this.muted = muted;
      this.grid = grid;
      this.negative = negative;
      this.positive = positive;
      this.noNumber = noNumber;
    }

    String page() {
      return page;
    }

    String ink() {
      return ink;
    }

    String muted() {
      return muted;
    }

    String grid() {
      return grid;
    }

    int[] zero() {
      return rgb(page);
    }

    int[] negative() {
      return rgb(negative);
    }

    int[] positive() {
      return rgb(positive);
    }

    int[] noNumber() {
      return rgb(noNumber);
    }

    String series(int index) {
      return SERIES.get(index % SERIES.size())[this == LIGHT ? 0 : 1];
    }
  }

  /** How many series have colours of their own. */
  static int series() {
    return SERIES.size();
  }

  /** A colour that can be read on another: dark grey or white, black where neither can. */
  static int[] inkOn(int[] fill) {
    int[] ink = contrast(fill, DARK) >= contrast(fill, WHITE) ? DARK : WHITE;
    // Black or white always has a contrast of at least 4.58.
    return contrast(fill, ink) >= LEAST_CONTRAST ? ink : BLACK;
  }

  static int[] between(int[] from, int[] to, double share) {
    int[] rgb = new int[3];
    for (int i = 0; i < 3; i++) {
      rgb[i] = (int) Math.round(from[i] + share * (to[i] - from[i]));
    }
    return rgb;
  }

  static int[] rgb(String hex) {
    byte[] bytes = HexFormat.of().parseHex(hex.substring(1));
    return new int[] {bytes[0] & 0xFF, bytes[1] & 0xFF, bytes[2] & 0xFF};
  }

  static String hex(int[] rgb) {
    return "#" + HexFormat.of().formatHex(new byte[] {(byte) rgb[0], (byte) rgb[1], (byte) rgb[2]});
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
}
