package org.nnsight4j.family;

/**
 * A place in the forward pass.
 *
 * @param module the dotted module path, empty for the whole model
 * @param port input or output
 * @param element which element of a tuple; 0 for a plain tensor
 */
public record SiteKey(String module, Port port, int element) {
  public static SiteKey input(String module) {
    return new SiteKey(module, Port.INPUT, 0);
  }

  public static SiteKey output(String module) {
    return new SiteKey(module, Port.OUTPUT, 0);
  }

  @Override
  public String toString() {
    String side = port == Port.INPUT ? "input" : "output";
    String place = module.isEmpty() ? side : module + "." + side;
    return element == 0 ? place : place + "(" + element + ")";
  }
}
